package demo

import (
	"strings"

	"steward/collect/fact"
)

// platform is an operating system of the group's machines.
type platform struct {
	name, product, release, full, edition, kernel, manager string
	weight                                                 int
	antivirus, firewall, clock                             string
}

func (p *platform) windows() bool { return strings.HasPrefix(p.product, "windows") }

func (p *platform) platform() string {
	switch {
	case p.windows():
		return "windows"
	case p.product == "macos":
		return "darwin"
	}
	return "linux"
}

func (p *platform) support() *fact.Support {
	if p.windows() {
		return fact.WindowsSupport(p.product == "windows-server", p.full, p.edition)
	}
	return fact.SupportOf(p.product, p.release)
}

// desktops and servers are what runs, with how much of it there is.
var (
	desktops = []platform{
		{"Microsoft Windows 11 Enterprise", "windows", "11", "10.0.26200.7171", "Enterprise", "10.0.26200", "msi", 30, "Microsoft Defender", "windows", "w32time"},
		{"Microsoft Windows 11 Enterprise", "windows", "11", "10.0.26100.7171", "Enterprise", "10.0.26100", "msi", 42, "Microsoft Defender", "windows", "w32time"},
		{"Microsoft Windows 11 Enterprise", "windows", "11", "10.0.22631.6199", "Enterprise", "10.0.22631", "msi", 12, "Microsoft Defender", "windows", "w32time"},
		{"Microsoft Windows 10 Enterprise", "windows", "10", "10.0.19045.6575", "Enterprise", "10.0.19045", "msi", 9, "Microsoft Defender", "windows", "w32time"},
		{"macOS 26", "macos", "26", "26.1", "", "25.1.0", "macos", 4, "XProtect", "pf", "timed"},
		{"Ubuntu 24.04.3 LTS", "ubuntu", "24.04", "24.04.3", "", "6.8.0-87-generic", "deb", 3, "ClamAV", "ufw", "systemd-timesyncd"},
	}
	servers = []platform{
		{"Debian GNU/Linux 13 (trixie)", "debian", "13", "13.2", "", "6.12.57+deb13-amd64", "deb", 20, "ClamAV", "nftables", "chrony"},
		{"Debian GNU/Linux 12 (bookworm)", "debian", "12", "12.12", "", "6.1.0-41-amd64", "deb", 18, "ClamAV", "nftables", "chrony"},
		{"Debian GNU/Linux 11 (bullseye)", "debian", "11", "11.11", "", "5.10.0-36-amd64", "deb", 4, "ClamAV", "iptables", "ntpd"},
		{"Ubuntu 24.04.3 LTS", "ubuntu", "24.04", "24.04.3", "", "6.8.0-87-generic", "deb", 10, "ClamAV", "ufw", "chrony"},
		{"Ubuntu 20.04.6 LTS", "ubuntu", "20.04", "20.04.6", "", "5.4.0-216-generic", "deb", 3, "ClamAV", "ufw", "systemd-timesyncd"},
		{"Red Hat Enterprise Linux 9.6 (Plow)", "rhel", "9.6", "9.6", "", "5.14.0-570.el9_6.x86_64", "rpm", 13, "ClamAV", "firewalld", "chrony"},
		{"Red Hat Enterprise Linux Server 7.9 (Maipo)", "rhel", "7.9", "7.9", "", "3.10.0-1160.el7.x86_64", "rpm", 2, "", "firewalld", "ntpd"},
		{"Microsoft Windows Server 2022 Standard", "windows-server", "2022", "10.0.20348.4405", "ServerStandard", "10.0.20348", "msi", 16, "Microsoft Defender", "windows", "w32time"},
		{"Microsoft Windows Server 2019 Standard", "windows-server", "2019", "10.0.17763.8027", "ServerStandard", "10.0.17763", "msi", 10, "Microsoft Defender", "windows", "w32time"},
		{"Microsoft Windows Server 2012 R2 Standard", "windows-server", "2012-r2", "6.3.9600.22826", "ServerStandard", "6.3.9600", "msi", 3, "", "windows", "w32time"},
	}
)

// packagesOf are the programs a platform's machines have: those that all have,
// and those of which each has some.
func packagesOf(p *platform) (all, some []string) {
	switch p.manager {
	case "deb":
		return debAll, debSome
	case "rpm":
		return rpmAll, rpmSome
	case "macos":
		return macAll, macSome
	}
	if p.product == "windows-server" {
		return winServer, winServerSome
	}
	return winAll, winSome
}

var (
	debAll = strings.Fields(`apt base-files base-passwd bash bsdutils coreutils cron dash debconf debianutils diffutils dpkg e2fsprogs findutils gpgv grep gzip hostname init-system-helpers
iproute2 kmod libacl1 libapt-pkg libattr1 libaudit1 libblkid1 libbz2 libc-bin libc6 libcap2 libcom-err2 libcrypt1 libdb5 libffi8 libgcc-s1 libgcrypt20 libgmp10 libgnutls30 libgpg-error0
liblz4 liblzma5 libmount1 libncursesw6 libp11-kit0 libpam-modules libpam-runtime libpam0g libpcre2 libseccomp2 libselinux1 libssl3 libstdc++6 libsystemd0 libtinfo6 libudev1 libuuid1 libxxhash0
libzstd1 linux-image login logrotate mawk mount ncurses-base netbase openssh-client openssh-server openssl passwd perl-base procps python3 python3-apt rsyslog sed sudo systemd systemd-sysv
tar tzdata udev util-linux vim-common wget xz-utils zlib1g ca-certificates chrony curl dbus gnupg less locales nftables unattended-upgrades`)
	debSome = strings.Fields(`acl ansible apache2 bind9-host borgbackup build-essential certbot clamav clamav-daemon containerd cups dnsutils docker.io exim4 fail2ban ffmpeg fping git golang haproxy
htop imagemagick iotop iperf3 java-common jq keepalived ldap-utils libapache2-mod-php lvm2 lynx mailutils mariadb-server mc memcached mtr-tiny mysql-common net-tools netcat-openbsd nfs-common
nfs-kernel-server nginx nmap nodejs ntpsec-ntpdate open-vm-tools openjdk-17-jre openjdk-21-jre openvpn parted php8.2-fpm postfix postgresql-15 postgresql-17 prometheus-node-exporter pv python3-pip
python3-venv qemu-guest-agent rabbitmq-server redis-server rsync ruby samba screen smartmontools snmpd socat sqlite3 squid strace strongswan sysstat tcpdump tmux tomcat10 traceroute tree ufw unzip
varnish wireguard-tools zip zsh zabbix-agent2`)
	rpmAll = strings.Fields(`audit authselect basesystem bash binutils bzip2-libs ca-certificates chrony coreutils cracklib cronie crypto-policies curl cyrus-sasl-lib dbus device-mapper dnf dracut elfutils-libs
expat file filesystem findutils firewalld gawk gdbm-libs glib2 glibc glibc-common gmp gnupg2 gnutls grep grub2-common gzip hostname iproute iptables-libs json-c kernel kernel-core kbd keyutils-libs kmod
krb5-libs less libacl libarchive libattr libblkid libcap libcom_err libcurl libdb libffi libgcc libgcrypt libgpg-error libmount libnghttp2 libpwquality libselinux libsemanage libsepol libssh libstdc++
libtasn1 libtirpc libuuid libxml2 libyaml libzstd lua-libs lz4-libs ncurses nettle NetworkManager openldap openssh openssh-server openssl openssl-libs p11-kit pam passwd pcre2 policycoreutils polkit popt
procps-ng python3 python3-libs readline rpm rsyslog sed selinux-policy setup shadow-utils sqlite-libs subscription-manager sudo systemd systemd-libs tar tzdata util-linux vim-minimal which xz zlib`)
	rpmSome = strings.Fields(`bind-utils bzip2 cockpit container-selinux docker-ce fapolicyd git haproxy httpd insights-client java-17-openjdk java-21-openjdk keepalived lvm2 mariadb-server net-snmp net-tools nfs-utils
nginx nmap-ncat nodejs open-vm-tools pcp perl php-fpm podman postfix postgresql-server psmisc qemu-guest-agent redis rsync samba smartmontools sos squid strace sysstat tcpdump telnet tmux tomcat unzip
valkey wget zip`)
	macAll  = strings.Split("Safari,Mail,Calendar,Pages,Numbers,Keynote,Microsoft Word,Microsoft Excel,Microsoft PowerPoint,Microsoft Outlook,Microsoft Teams,Google Chrome,Company Portal,Zoom", ",")
	macSome = strings.Split("Firefox,Figma,Slack,Docker Desktop,Visual Studio Code,iTerm,Sketch,Adobe Acrobat,Adobe Photoshop,VLC,Rectangle,Postman,1Password,Affinity Designer", ",")
	winAll  = strings.Split(`Microsoft 365 Apps for enterprise,Microsoft Edge,Microsoft Edge WebView2 Runtime,Microsoft OneDrive,Microsoft Teams,Microsoft Visual C++ 2015-2022 Redistributable (x64),Microsoft Visual C++ 2015-2022 Redistributable (x86),Microsoft .NET Runtime - 8,Microsoft Windows Desktop Runtime - 8,7-Zip,Adobe Acrobat Reader,Google Chrome,Company Portal,Nordwind VPN Client,Nordwind Print Client,ERP Client,Time Recording Client,Intel Graphics Software,Realtek Audio Driver,Dell Command Update,Zoom Workplace,Microsoft Update Health Tools`, ",")
	winSome = strings.Split(`Mozilla Firefox,Notepad++,PuTTY,WinSCP,FileZilla,VLC media player,IrfanView,KeePassXC,Greenshot,PDF24 Creator,Git,Python 3.12,Python 3.13,Node.js,Visual Studio Code,Docker Desktop,DBeaver,Postman,Wireshark,TeamViewer,AnyDesk,Adobe Photoshop,Adobe Illustrator,CAD Workstation,CAD Viewer,PLM Client,Simulation Desktop,Label Designer,Barcode Service,WMS Terminal,MES Terminal,Scanner Driver,Quality Client,Payroll Client,Treasury Client,Java 8 Update 471,Java 17,Oracle Client 19,SQL Server Management Studio,Power BI Desktop,LibreOffice,GIMP,Inkscape,Blender,Audacity,OBS Studio,Webex,Jabra Direct,Logi Options+,Spotify,Dropbox,WinRAR,CCleaner,uTorrent,Steam`, ",")

	winServer     = strings.Split(`Microsoft Visual C++ 2015-2022 Redistributable (x64),Microsoft Visual C++ 2013 Redistributable (x64),Microsoft .NET Runtime - 8,VMware Tools,7-Zip,Nordwind Backup Agent,Monitoring Agent,Microsoft Edge,Microsoft Edge WebView2 Runtime,Notepad++,Microsoft ODBC Driver 18,Microsoft OLE DB Driver 19`, ",")
	winServerSome = strings.Split(`Microsoft SQL Server 2019,Microsoft SQL Server 2022,SQL Server Management Studio,Java 17,Java 21,Apache Tomcat 10,IIS URL Rewrite Module,PuTTY,WinSCP,ERP Application Server,Payroll Server,Time Recording Server,WMS Server,MES Server,PLM Server,Licence Manager,Print Manager,Label Server,EDI Converter,Microsoft Report Builder,Oracle Client 19,Python 3.12,Git,Wireshark,Google Chrome,OpenSSL 3,Node.js,Azure Connected Agent,File Server Resource Manager,DFS Manager`, ",")
)

#!/bin/sh
# Installs what the tests need, or says what to install. Services that come
# with the packages are not started: the tests start their own.
set -eu
want=""
need() { # need PACKAGE COMMAND…: installed if any of the commands is found
	pkg=$1
	shift
	for c in "$@"; do
		if command -v "$c" >/dev/null 2>&1 || ls $c >/dev/null 2>&1; then return 0; fi
	done
	want="$want $pkg"
}
need postgresql initdb "/usr/lib/postgresql/*/bin/initdb"
need chromium chromium chromium-browser google-chrome
need slapd slapd /usr/sbin/slapd
need poppler-utils pdftotext
need nftables nft /usr/sbin/nft
need iproute2 ip /sbin/ip
need mariadb-server mariadbd /usr/sbin/mariadbd
need redis-server redis-server
need snmpd snmpd /usr/sbin/snmpd
need snmp snmpbulkwalk
need snmpsim snmpsimd snmpsim-command-responder
need fping fping
need restic restic
need borgbackup borg
need age age
need zstd zstd
need lldpd lldpd /usr/sbin/lldpd
need softflowd softflowd /usr/sbin/softflowd
need pmacct pmacctd /usr/sbin/pmacctd
need mosquitto mosquitto /usr/sbin/mosquitto
need rsyslog rsyslogd /usr/sbin/rsyslogd
need e2fsprogs mkfs.ext4 /sbin/mkfs.ext4
need bsdutils logger
[ -z "$want" ] && exit 0
if [ "$(id -u)" != 0 ]; then
	echo "The tests need packages that are not installed. Run:" >&2
	echo "  sudo apt-get install -y --no-install-recommends$want" >&2
	exit 1
fi
if [ ! -e /usr/sbin/policy-rc.d ]; then
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod +x /usr/sbin/policy-rc.d
	trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $want >/dev/null || {
	echo "apt-get could not install:$want" >&2
	exit 1
}

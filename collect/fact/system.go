package fact

// System is the operating system.
type System struct {
	Name         string   `json:"name,omitempty" doc:"as the system calls itself, e.g. Debian GNU/Linux 12 (bookworm)"`
	Family       string   `json:"family,omitempty" doc:"debian, rhel, suse, alpine, arch, windows, macos, freebsd …"`
	Product      string   `json:"product,omitempty" doc:"key of the product in the support table: debian, windows-server …"`
	Release      string   `json:"release,omitempty" doc:"the release, e.g. 12, 22.04, 9.4, 2022"`
	Full         string   `json:"full_version,omitempty" doc:"the exact version with its point release or build, e.g. 12.9 or 10.0.20348.2762"`
	Codename     string   `json:"codename,omitempty"`
	Edition      string   `json:"edition,omitempty" doc:"e.g. Enterprise LTSC, Server Core"`
	Kernel       string   `json:"kernel,omitempty" doc:"the running kernel's version"`
	Architecture string   `json:"architecture,omitempty" doc:"amd64, arm64 … as packages name it"`
	Installed    string   `json:"installed,omitempty" doc:"day of installation, YYYY-MM-DD, where known"`
	Timezone     string   `json:"timezone,omitempty" doc:"IANA name"`
	Locale       string   `json:"locale,omitempty"`
	Support      *Support `json:"support,omitempty" doc:"when support ends; absent when the table does not know the release"`
}

// Package is one installed piece of software as its package manager knows it.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty" doc:"with epoch and release as the manager writes it"`
	Arch    string `json:"arch,omitempty"`
	Manager string `json:"manager" doc:"deb, rpm, apk, pacman, msi, winget, appx, macos, homebrew, pkg, snap, flatpak …"`
	Source  string `json:"source,omitempty" doc:"source package, if it is named differently"`
	SrcVer  string `json:"source_version,omitempty" doc:"version of the source package, if it differs"`
	Module  string `json:"module,omitempty" doc:"module stream the package came from, e.g. nodejs:18"`
	Origin  string `json:"origin,omitempty" doc:"repository or vendor it came from, where known"`
	Vendor  string `json:"vendor,omitempty" doc:"who publishes or maintains it"`
	Bytes   *int64 `json:"bytes,omitempty" doc:"installed size"`
	Day     string `json:"installed,omitempty" doc:"day of installation, YYYY-MM-DD, where known"`
	Held    bool   `json:"held,omitempty" doc:"kept from being upgraded"`
	Auto    bool   `json:"auto,omitempty" doc:"installed only because another package needs it"`
}

// Service is something the system starts and keeps running.
type Service struct {
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	Manager string `json:"manager" doc:"systemd, openrc, sysv, windows, launchd, rc"`
	Start   string `json:"start,omitempty" doc:"enabled, disabled, manual, static, masked"`
	State   string `json:"state,omitempty" doc:"running, stopped, failed, exited"`
	Account string `json:"account,omitempty" doc:"account it runs as"`
	Command string `json:"command,omitempty" doc:"the program started, without arguments"`
}

// Port is a socket that waits for others. Ports a program opens at random
// (UDP in the ephemeral range) are counted in Volatile instead.
type Port struct {
	Protocol string `json:"protocol" doc:"tcp or udp"`
	Address  string `json:"address" doc:"local address; 0.0.0.0 and :: mean all"`
	Port     int    `json:"port"`
	Process  string `json:"process,omitempty" doc:"name of the program that listens"`
	Program  string `json:"program,omitempty" doc:"path of its executable"`
	Account  string `json:"account,omitempty" doc:"account it runs as"`
}

// Server is a database, web or other server program found on the machine.
type Server struct {
	Kind     string   `json:"kind" doc:"database, web, mail, directory, dns, cache, queue, container, proxy, file"`
	Product  string   `json:"product" doc:"postgresql, mariadb, nginx …"`
	Version  string   `json:"version,omitempty"`
	Instance string   `json:"instance,omitempty" doc:"cluster or instance name, where there are several"`
	Running  *bool    `json:"running,omitempty"`
	Ports    []int    `json:"ports,omitempty" doc:"TCP ports it listens on"`
	Package  string   `json:"package,omitempty" doc:"the package it came with"`
	Evidence []string `json:"evidence,omitempty" doc:"what it was recognised by: package, process, port, data directory"`
}

// Account is a local account. Passwords and their hashes are never collected.
type Account struct {
	Name     string   `json:"name"`
	ID       string   `json:"id" doc:"uid or SID"`
	Title    string   `json:"title,omitempty" doc:"full name or description"`
	Home     string   `json:"home,omitempty"`
	Shell    string   `json:"shell,omitempty"`
	Kind     string   `json:"kind" doc:"person, system or service"`
	Admin    bool     `json:"admin,omitempty" doc:"has administrator rights: uid 0, or in sudo, wheel, admin, Administrators"`
	Login    *bool    `json:"login,omitempty" doc:"whether it can sign in with a shell"`
	Password string   `json:"password,omitempty" doc:"set, locked, empty, expired; absent if it could not be seen"`
	Changed  string   `json:"password_changed,omitempty" doc:"day the password was last changed, YYYY-MM-DD"`
	Expires  string   `json:"expires,omitempty" doc:"day the account expires, YYYY-MM-DD"`
	Keys     *int     `json:"ssh_keys,omitempty" doc:"number of keys that may sign in"`
	Groups   []string `json:"groups,omitempty"`
}

// Group is a local group with its members.
type Group struct {
	Name    string   `json:"name"`
	ID      string   `json:"id,omitempty"`
	Members []string `json:"members,omitempty"`
}

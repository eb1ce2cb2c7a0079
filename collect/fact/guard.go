package fact

import "time"

// Updates are the packages that could be newer, as the machine's own package
// manager knows from its last look at its sources.
type Updates struct {
	Manager   string   `json:"manager" doc:"apt, dnf, zypper, apk, pacman, windows-update, softwareupdate"`
	Pending   []Update `json:"pending,omitempty" doc:"absent when there is none"`
	Automatic *bool    `json:"automatic,omitempty" doc:"whether security updates install by themselves"`
}

// Update is one pending update.
type Update struct {
	Name     string   `json:"name"`
	Arch     string   `json:"arch,omitempty"`
	From     string   `json:"from,omitempty" doc:"installed version"`
	To       string   `json:"to,omitempty" doc:"version offered"`
	Origin   string   `json:"origin,omitempty" doc:"repository that offers it"`
	Security *bool    `json:"security,omitempty" doc:"whether it mends a security problem; absent when the source does not say"`
	Severity string   `json:"severity,omitempty" doc:"critical, important, moderate, low as the vendor says"`
	IDs      []string `json:"ids,omitempty" doc:"advisories, KB numbers"`
	Held     bool     `json:"held,omitempty" doc:"kept back on this machine"`
}

// Restart says what must be restarted for installed updates to take effect.
type Restart struct {
	Reboot    *bool    `json:"reboot,omitempty" doc:"whether the machine must be rebooted"`
	Reasons   []string `json:"reasons,omitempty" doc:"why, e.g. kernel 6.1.0-31 is installed, 6.1.0-28 runs"`
	Processes []string `json:"processes,omitempty" doc:"programs that still run deleted files of updated packages"`
	Services  []string `json:"services,omitempty" doc:"services these belong to"`
}

// Antivirus is a malware protection product.
type Antivirus struct {
	Product    string     `json:"product"`
	Vendor     string     `json:"vendor,omitempty"`
	Version    string     `json:"version,omitempty"`
	Running    *bool      `json:"running,omitempty" doc:"whether its service runs"`
	RealTime   *bool      `json:"real_time,omitempty" doc:"whether it checks files as they are used"`
	Signatures string     `json:"signatures,omitempty" doc:"version of its signatures"`
	Made       *time.Time `json:"signatures_at,omitempty" doc:"when the signatures were made, UTC"`
	Scanned    *time.Time `json:"last_scan_at,omitempty" doc:"end of the last whole scan, UTC"`
	Tamper     *bool      `json:"tamper_protection,omitempty"`
}

// Firewall is a packet filter on the machine.
type Firewall struct {
	Product string `json:"product" doc:"nftables, iptables, ufw, firewalld, windows, pf …"`
	Version string `json:"version,omitempty"`
	On      *bool  `json:"on,omitempty" doc:"whether it filters now"`
	Rules   *int   `json:"rules,omitempty" doc:"number of rules in force"`
	Default string `json:"default,omitempty" doc:"what happens to incoming traffic no rule names: accept, drop, reject"`
	Profile string `json:"profile,omitempty" doc:"Windows profile: domain, private, public; firewalld's default zone"`
}

// TimeSync says how the clock is kept right.
type TimeSync struct {
	Product string   `json:"product,omitempty" doc:"chrony, systemd-timesyncd, ntpd, w32time, timed …"`
	Running *bool    `json:"running,omitempty"`
	Synced  *bool    `json:"synchronised,omitempty" doc:"whether the kernel's clock is disciplined now"`
	Servers []string `json:"servers,omitempty" doc:"time servers configured"`
}

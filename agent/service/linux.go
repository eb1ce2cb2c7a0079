package service

import (
	"fmt"
	"strings"
)

// What the agent needs to see a machine whole without being root: to read files
// that only root may (firmware tables, password ages), to tell which process
// holds a port, and to list the firewall's rules. It can write nowhere but to its
// own folder.
var capabilities = []string{"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE", "CAP_NET_ADMIN"}

// linuxAccount makes an account without a password, a shell or a home, with the
// commands of shadow or of BusyBox.
func linuxAccount(home string) [][][]string {
	return [][][]string{
		{{"groupadd", "--system", "--force", User}, {"addgroup", "-S", User}},
		{{"useradd", "--system", "--gid", User, "--home-dir", home, "--no-create-home", "--shell", "/usr/sbin/nologin", User}, {"adduser", "-S", "-D", "-H", "-h", home, "-s", "/sbin/nologin", "-G", User, User}},
	}
}

// systemd takes no view of its own on file systems (ProtectSystem, PrivateTmp):
// the agent would report that instead of the machine's.
func systemd(s Spec) Plan {
	state := ""
	if name, ok := under(s.Data); ok {
		state = "StateDirectory=" + name + "\nStateDirectoryMode=0700\n"
	}
	caps := strings.Join(capabilities, " ")
	return Plan{Kind: Systemd, User: User, Account: linuxAccount(s.Data),
		Files: []File{{"/etc/systemd/system/steward-agent.service", 0o644, fmt.Sprintf(`[Unit]
Description=Steward agent, reports what this machine is
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=%s
User=%s
Group=%[2]s
%sUMask=0077
Restart=on-failure
RestartSec=5min
Nice=10
IOSchedulingClass=idle
MemoryMax=256M
TasksMax=128
AmbientCapabilities=%s
CapabilityBoundingSet=%[4]s
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`, line(append([]string{s.Program}, s.Args...)...), User, state, caps)}},
		Start: [][]string{{"systemctl", "daemon-reload"}, {"systemctl", "enable", "steward-agent.service"}, {"systemctl", "restart", "steward-agent.service"}},
		Stop:  [][]string{{"systemctl", "disable", "--now", "steward-agent.service"}},
		Logs:  "journalctl -u steward-agent"}
}

func openrc(s Spec) Plan {
	caps := make([]string, len(capabilities))
	for i, c := range capabilities {
		caps[i] = "^" + strings.ToLower(c)
	}
	return Plan{Kind: OpenRC, User: User, Account: linuxAccount(s.Data),
		Files: []File{{"/etc/init.d/steward-agent", 0o755, fmt.Sprintf(`#!/sbin/openrc-run
name="Steward agent"
description="reports what this machine is"
supervisor=supervise-daemon
command="%s"
command_args="%s"
command_user="%s:%[3]s"
capabilities="%s"
no_new_privs=yes
umask=0077
respawn_delay=300
respawn_max=0
output_log="/var/log/steward-agent.log"
error_log="/var/log/steward-agent.log"

depend() {
	need net
	after firewall
}

start_pre() {
	checkpath --file --owner %[3]s:%[3]s --mode 0640 /var/log/steward-agent.log
}
`, s.Program, line(s.Args...), User, strings.Join(caps, ","))}},
		Start: [][]string{{"rc-update", "add", "steward-agent", "default"}, {"rc-service", "steward-agent", "restart"}},
		Stop:  [][]string{{"rc-service", "steward-agent", "stop"}, {"rc-update", "del", "steward-agent", "default"}},
		Logs:  "/var/log/steward-agent.log"}
}

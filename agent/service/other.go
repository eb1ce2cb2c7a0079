package service

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// rc is FreeBSD's; without capabilities to give, the agent sees what any account
// sees, and says what it does not.
func rc(s Spec) Plan {
	return Plan{Kind: RC, User: User,
		Account: [][][]string{{{"pw", "useradd", User, "-d", s.Data, "-s", "/usr/sbin/nologin", "-c", "Steward agent"}}},
		Files: []File{{"/usr/local/etc/rc.d/steward_agent", 0o755, fmt.Sprintf(`#!/bin/sh
# PROVIDE: steward_agent
# REQUIRE: NETWORKING
# KEYWORD: shutdown
. /etc/rc.subr
name=steward_agent
rcvar=steward_agent_enable
load_rc_config $name
: ${steward_agent_enable:=NO}
pidfile=/var/run/steward_agent.pid
command=/usr/sbin/daemon
command_args="-P ${pidfile} -r -R 300 -u %s -o /var/log/steward-agent.log %s"
run_rc_command "$1"
`, User, line(append([]string{s.Program}, s.Args...)...))}},
		Start: [][]string{{"sysrc", "steward_agent_enable=YES"}, {"service", "steward_agent", "restart"}},
		Stop:  [][]string{{"service", "steward_agent", "stop"}, {"sysrc", "-x", "steward_agent_enable"}},
		Logs:  "/var/log/steward-agent.log"}
}

// launchd runs the agent as the system does: macOS has no rights to give singly,
// and ports, disks and updates show themselves to it alone.
func launchd(s Spec) Plan {
	var args strings.Builder
	for _, a := range append([]string{s.Program}, s.Args...) {
		args.WriteString("\t\t<string>" + escaped(a) + "</string>\n")
	}
	const label, file = "net.steward.agent", "/Library/LaunchDaemons/net.steward.agent.plist"
	return Plan{Kind: Launchd,
		Files: []File{{file, 0o644, fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
%s	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>ThrottleInterval</key>
	<integer>300</integer>
	<key>ProcessType</key>
	<string>Background</string>
	<key>Umask</key>
	<integer>63</integer>
	<key>StandardErrorPath</key>
	<string>/var/log/steward-agent.log</string>
</dict>
</plist>
`, label, args.String())}},
		Start: [][]string{{"-launchctl", "bootout", "system/" + label}, {"launchctl", "bootstrap", "system", file}},
		Stop:  [][]string{{"launchctl", "bootout", "system/" + label}},
		Logs:  "/var/log/steward-agent.log"}
}

// task is a task of Windows' scheduler that begins with the machine, as the
// system's account: the state of protection and encryption is told to no lesser one.
func task(s Spec) Plan {
	file := s.Data + `\task.xml`
	return Plan{Kind: Task,
		// The folder holds the agent's key; ProgramData is otherwise read by everybody.
		Account: [][][]string{{{"icacls", s.Data, "/inheritance:r", "/grant", "*S-1-5-18:(OI)(CI)F", "/grant", "*S-1-5-32-544:(OI)(CI)F"}}},
		Files: []File{{file, 0o600, fmt.Sprintf(`<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Steward agent, reports what this machine is</Description></RegistrationInfo>
  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>
  <Principals><Principal id="Agent"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>8</Priority>
    <RestartOnFailure><Interval>PT5M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Agent"><Exec><Command>%s</Command><Arguments>%s</Arguments></Exec></Actions>
</Task>
`, escaped(s.Program), escaped(line(s.Args...)))}},
		Start: [][]string{{"schtasks", "/Create", "/F", "/TN", "Steward agent", "/XML", file}, {"schtasks", "/Run", "/TN", "Steward agent"}},
		Stop:  [][]string{{"schtasks", "/End", "/TN", "Steward agent"}, {"schtasks", "/Delete", "/F", "/TN", "Steward agent"}},
		Logs:  "the task 'Steward agent' in the task scheduler, and steward-agent status"}
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

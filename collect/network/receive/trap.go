package receive

import (
	"encoding/hex"
	"net/netip"

	"steward/collect/network/snmp"
)

// trapNames are the notifications every agent may send, and those of the MIBs
// most agents have.
var trapNames = map[string]string{
	"1.3.6.1.6.3.1.1.5.1": "coldStart", "1.3.6.1.6.3.1.1.5.2": "warmStart", "1.3.6.1.6.3.1.1.5.3": "linkDown", "1.3.6.1.6.3.1.1.5.4": "linkUp",
	"1.3.6.1.6.3.1.1.5.5": "authenticationFailure", "1.3.6.1.6.3.1.1.5.6": "egpNeighborLoss",
	"1.3.6.1.2.1.17.0.1": "newRoot", "1.3.6.1.2.1.17.0.2": "topologyChange", "1.3.6.1.2.1.47.2.0.1": "entConfigChange",
	"1.3.6.1.2.1.33.2.0.1": "upsTrapOnBattery", "1.3.6.1.2.1.33.2.0.2": "upsTrapTestCompleted", "1.3.6.1.2.1.33.2.0.3": "upsTrapAlarmEntryAdded", "1.3.6.1.2.1.33.2.0.4": "upsTrapAlarmEntryRemoved",
	"1.3.6.1.2.1.43.18.2.0.1": "printerV2Alert", "1.3.6.1.2.1.16.0.1": "risingAlarm", "1.3.6.1.2.1.16.0.2": "fallingAlarm",
	"1.0.8802.1.1.2.0.0.1": "lldpRemTablesChange", "1.3.6.1.2.1.15.0.1": "bgpEstablishedNotification", "1.3.6.1.2.1.15.0.2": "bgpBackwardTransNotification",
	"1.3.6.1.4.1.8072.4.0.1": "nsNotifyStart", "1.3.6.1.4.1.8072.4.0.2": "nsNotifyShutdown", "1.3.6.1.4.1.8072.4.0.3": "nsNotifyRestart",
}

var kindNames = map[snmp.Kind]string{snmp.Integer: "integer", snmp.OctetString: "octets", snmp.Null: "null", snmp.ObjectID: "oid", snmp.IPAddress: "address", snmp.Counter32: "counter32",
	snmp.Gauge32: "gauge32", snmp.TimeTicks: "timeticks", snmp.Opaque: "opaque", snmp.Counter64: "counter64", snmp.Unsigned32: "unsigned32",
	snmp.NoSuchObject: "no-such-object", snmp.NoSuchInstance: "no-such-instance", snmp.EndOfView: "end-of-view"}

// secretOIDs hold communities, which are passwords.
var secretOIDs = map[string]bool{"1.3.6.1.6.3.18.1.4.0": true}

// trapFact makes the fact of a notification.
func trapFact(n *snmp.Notification, from netip.Addr) Trap {
	t := Trap{Version: n.Version, Inform: n.Inform, From: from.String(), Trap: n.Trap.String(), User: n.User, Level: n.Level, Engine: hex.EncodeToString(n.Engine), Context: n.Context}
	t.Name = trapNames[t.Trap]
	if n.HasUptime {
		seconds := n.Uptime.Seconds()
		t.Uptime = &seconds
	}
	if n.Enterprise != nil {
		t.Enterprise = n.Enterprise.String()
	}
	if n.Agent.IsValid() {
		t.Agent = n.Agent.String()
	}
	if n.Version == "1" {
		t.Generic, t.Specific = &n.Generic, &n.Specific
	}
	for _, b := range n.Bindings {
		v := Variable{OID: b.OID.String(), Type: kindNames[b.Value.Kind], Value: b.Value.Text()}
		if secretOIDs[v.OID] {
			v.Value = "(withheld)"
		}
		t.Variables = append(t.Variables, v)
	}
	return t
}

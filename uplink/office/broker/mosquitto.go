package broker

import (
	"cmp"
	"fmt"
	"strings"
)

// Queues of mosquitto. By default it drops what is beyond 1,000 messages of a
// client, which a fleet that comes back from an outage reaches.
const (
	mosquittoInflight = 1024     // unconfirmed messages to a client
	mosquittoQueue    = 20_000   // messages waiting for a client
	mosquittoBytes    = 64 << 20 // bytes waiting for a client
	mosquittoAutosave = 30       // seconds between writes of retained messages to disk
)

// Mosquitto says where a mosquitto 2.0.11 finds its files. The files must be
// readable by the user it runs as.
type Mosquitto struct {
	Port   int
	Bind   string // address to listen on; empty is all
	Kiosks int    // let in at a time; 0 is DefaultKiosks
	// OfficePort is a listener for head office alone, on OfficeBind: kiosks are to be
	// told the other, and kept from this one by the network. With 0 there is none, and
	// then the one for kiosks has no limit but the system's file descriptors, so that
	// no number of kiosks keeps head office out.
	OfficePort     int
	OfficeBind     string // empty is this machine only
	CAFile         string // PEM of the authority, see ca.Authority.WriteServer
	CertFile       string
	KeyFile        string
	ACLFile        string // where the caller writes acl; or Lists.ACLFile, which a Lister writes
	CRLFile        string // Lists.CRLFile, which a Lister writes; empty: every certificate counts until its end
	PersistenceDir string // for retained messages; empty keeps them in memory
}

// MosquittoConf is the policy of this package as a configuration and an access
// control list of mosquitto 2.0.11. It answers QoS 1 messages that it denies as if
// they had been accepted, as 3.1.1 demands.
func MosquittoConf(m Mosquitto) (conf, acl string) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("per_listener_settings false")
	line("allow_anonymous false")
	line("acl_file %s", m.ACLFile)
	line("set_tcp_nodelay true")
	line("max_packet_size %d", MaxPacket)
	line("max_keepalive %d", maxKeepalive)
	line("max_inflight_messages %d", mosquittoInflight)
	line("max_queued_messages %d", mosquittoQueue)
	line("max_queued_bytes %d", mosquittoBytes)
	line("queue_qos0_messages false")
	line("persistent_client_expiration 1h")
	line("sys_interval 0")
	line("connection_messages true")
	line("log_dest stderr")
	line("log_type error")
	line("log_type warning")
	line("log_type notice")
	if m.PersistenceDir == "" {
		line("persistence false")
	} else {
		line("persistence true")
		line("persistence_location %s/", strings.TrimRight(m.PersistenceDir, "/"))
		line("autosave_interval %d", mosquittoAutosave)
	}

	if m.OfficePort == 0 {
		m.listener(line, m.Port, m.Bind, unlimited)
		return b.String(), mosquittoACL
	}
	m.listener(line, m.Port, m.Bind, cmp.Or(m.Kiosks, DefaultKiosks))
	m.listener(line, m.OfficePort, cmp.Or(m.OfficeBind, "127.0.0.1"), spareClients)
	return b.String(), mosquittoACL
}

const unlimited = -1 // connections

// listener writes one listener with mutual TLS.
func (m Mosquitto) listener(line func(string, ...any), port int, bind string, connections int) {
	line("")
	line("%s", strings.TrimSpace(fmt.Sprintf("listener %d %s", port, bind)))
	line("max_connections %d", connections)
	line("max_topic_alias 0")
	line("max_qos 1")
	line("tls_version tlsv1.3")
	line("cafile %s", m.CAFile)
	line("certfile %s", m.CertFile)
	line("keyfile %s", m.KeyFile)
	if m.CRLFile != "" {
		line("crlfile %s", m.CRLFile)
	}
	line("require_certificate true")
	line("use_identity_as_username true")
	line("use_username_as_clientid true")
}

// mosquittoACL: patterns are for everybody, so head office is denied the topics
// that a kiosk of its name would have.
const mosquittoACL = `user ` + office + `
topic write ` + downward + `#
topic read ` + upward + `#
topic deny ` + upward + office + `/#

pattern write ` + upward + `%u/#
pattern read ` + downward + `%u/#
pattern read ` + everybody + `#
`

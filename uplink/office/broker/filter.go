package broker

import (
	"fmt"
	"strings"
)

// What one kiosk may do at a mosquitto, by the packet filter of its machine, which knows
// addresses only.
const (
	filterOpen  = 4  // connections at a time: its own, one that is dying, and the ones of enrolment and renewal
	filterNew   = 10 // connections begun in a minute
	filterKBps  = 64 // kilobytes a second: a record takes a third of one
	filterBurst = 1  // megabytes at once
)

// MostPerAddress bounds the kiosks that stand behind one address.
const MostPerAddress = 10_000

// MosquittoFilter is a table for nftables, for the machine of a mosquitto that kiosks reach at
// port: it bounds what comes from one address, behind which kiosks kiosks stand (a carrier's
// NAT, a site's router). Connections beyond the bounds are refused; bytes beyond them are
// dropped, so that the sender's TCP slows down and loses nothing. Loading it again replaces it.
//
// It counts bytes and not messages, and knows nobody by name: one kiosk may use what all behind
// its address may.
func MosquittoFilter(port, kiosks int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# By officed mosquitto: what one address may do at the broker, for %d kiosks behind each.", kiosks)
	line("table inet wattkiosk_broker")
	line("delete table inet wattkiosk_broker")
	line("table inet wattkiosk_broker {")
	for _, version := range []string{"4", "6"} {
		line("\tset open%s { type ipv%s_addr; size 65536; flags dynamic; }", version, version)
		for _, name := range []string{"new", "bytes"} {
			line("\tset %s%s { type ipv%s_addr; size 65536; flags dynamic,timeout; timeout 10m; }", name, version, version)
		}
	}
	line("\tchain in {")
	line("\t\ttype filter hook input priority filter - 5; policy accept;")
	line("\t\ttcp dport != %d accept", port)
	for _, from := range [][2]string{{"4", "ip saddr"}, {"6", "ip6 saddr"}} {
		line("\t\tct state new add @new%s { %s limit rate over %d/minute burst %d packets } drop", from[0], from[1], kiosks*filterNew, kiosks*filterNew)
		line("\t\tct state new add @open%s { %s ct count over %d } reject with tcp reset", from[0], from[1], kiosks*filterOpen)
		line("\t\tct state established add @bytes%s { %s limit rate over %d kbytes/second burst %d mbytes } drop", from[0], from[1], kiosks*filterKBps, kiosks*filterBurst)
	}
	line("\t}")
	line("}")

	return b.String()
}

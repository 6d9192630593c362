package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestImageAttackNetwork looks at a board from its network, and out of it: a port that a
// program of the board listens on is not reached, over IPv4 and IPv6; out goes what head
// office's ports are, from the accounts whose work that is, and nothing else. The kiosk gets
// its money through.
func TestImageAttackNetwork(t *testing.T) {
	needImage(t)
	t.Parallel()
	s := newShell(t, t.TempDir())
	r := startRig(t)
	r.serving()

	const inside = "18081"
	s.run("(busybox nc -ll -p " + inside + " -e /bin/echo reached </dev/null >/dev/null 2>&1 &); sleep 1")
	free, err := claim("outside", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, outside, _ := net.SplitHostPort(free)
	r.control().do("human-monitor-command", fields{"command-line": "hostfwd_add net tcp:127.0.0.1:" + outside + "-:" + inside})
	if said := knock(outside); said != "" {
		t.Errorf("port %s of the board answers %q", inside, said)
	}
	s.run("nft insert rule inet kiosk in tcp dport " + inside + " accept")
	if said := knock(outside); said != "reached\n" {
		t.Errorf("with a rule that lets in, the same port answers %q: the test proves nothing", said)
	}
	s.run("systemctl reload packet-filter.service")
	if said := knock(outside); said != "" {
		t.Errorf("after the filter was loaded anew, port %s answers %q", inside, said)
	}

	var came []string
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	accepted := make(chan string, 100)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
			accepted <- c.RemoteAddr().String()
		}
	}()
	if out := s.run("busybox ip -6 addr show dev eth0"); !strings.Contains(out, "inet6 fec0:") {
		t.Errorf("no router of IPv6 was heard: %s", out)
	}
	for _, to := range []string{"10.0.2.2 " + port, "fec0::2 " + port} {
		for _, who := range []string{"wattkiosk", "root", "technician", "screen"} {
			if out := s.run(as(who, "busybox nc -w 5 "+to+" </dev/null")); !strings.Contains(out, "exit 1") {
				t.Errorf("%s to %s: %s", who, to, out)
			}
		}
	}
	for _, who := range []string{"technician", "screen"} { // a port of head office, but not their work
		if out := s.run(as(who, "busybox nc -w 5 10.0.2.2 "+s.port+" </dev/null")); !strings.Contains(out, "exit 1") {
			t.Errorf("%s to head office: %s", who, out)
		}
	}
	for len(accepted) > 0 {
		came = append(came, <-accepted)
	}
	if len(came) > 0 {
		t.Errorf("came out of the board: %v", came)
	}
	if out := s.run("nft add element inet kiosk office { " + port + " } && " + as("wattkiosk", "busybox nc -w 5 10.0.2.2 "+port+" </dev/null")); !strings.Contains(out, "exit 0") {
		t.Errorf("with the port let out, wattkiosk does not get there: %s", out)
	}
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	t.Logf("the filter: %s", s.run("nft list ruleset; systemctl show -p ExecMainStartTimestampMonotonic -p ActiveEnterTimestampMonotonic -p InactiveExitTimestampMonotonic packet-filter.service"))
}

// knock is what a port of this machine says at once to whoever connects, "" if nothing.
func knock(port string) string {
	c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), 5*time.Second)
	if err != nil {
		return ""
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return fmt.Sprint(err)
	}
	said, _ := io.ReadAll(io.LimitReader(c, 100)) // the deadline's end is an answer too
	return string(said)
}

package main

import (
	"encoding/json"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// qmp is the control socket of the guest's QEMU.
type qmp struct {
	t    *testing.T
	conn net.Conn
	dec  *json.Decoder
}

// control opens the control socket of the board's QEMU.
func (r *rig) control() *qmp {
	r.t.Helper()
	q := &qmp{t: r.t}
	until(r.t, "QEMU's control socket answers", func() (bool, string) {
		var err error
		if q.conn, err = net.Dial("unix", filepath.Join(r.dir, "kiosk/qmp.sock")); err != nil {
			return false, err.Error()
		}
		return true, ""
	})
	r.t.Cleanup(func() { _ = q.conn.Close() })
	q.dec = json.NewDecoder(q.conn)
	q.do("qmp_capabilities", nil)
	return q
}

// do carries out one command.
func (q *qmp) do(command string, args fields) {
	q.t.Helper()
	msg := fields{"execute": command}
	if args != nil {
		msg["arguments"] = args
	}
	if err := q.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		q.t.Fatal(err)
	}
	if err := json.NewEncoder(q.conn).Encode(msg); err != nil {
		q.t.Fatal(err)
	}
	for {
		var answer struct { // the greeting and events have neither
			Return json.RawMessage `json:"return"`
			Error  *struct{ Class, Desc string }
		}
		if err := q.dec.Decode(&answer); err != nil {
			q.t.Fatalf("%s: %v", command, err)
		}
		if answer.Error != nil {
			q.t.Fatalf("%s: %s", command, answer.Error.Desc)
		}
		if answer.Return != nil {
			return
		}
	}
}

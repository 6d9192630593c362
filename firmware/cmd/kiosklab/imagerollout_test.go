package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

// lookEvery is the pause between two looks at head office, which has other things to do
// on a machine that QEMU keeps busy.
const lookEvery = 250 * time.Millisecond

// hostOfGuest is this machine's loopback, as QEMU's user network shows it to the guest.
const hostOfGuest = "10.0.2.2"

// badVersions are bundles of .ci/bundles that do not prove themselves, what the board
// says of each in the end, and a word of how it knows.
var badVersions = []struct{ name, code, detail string }{
	{"panic", "fell-back", "did not start"},
	{"crash", "fell-back", "did not start"},
	{"gate", "gates", "printer"},
	{"hang", "fell-back", "did not start"}, // made on demand: it takes the watchdog's time, three times
}

// TestImageRollout has head office bring versions to the board over MQTT: a good one,
// which the operator uploads and a second person starts, and bad ones, from which the
// board comes back by itself, while head office learns why and stops the rollout.
func TestImageRollout(t *testing.T) {
	o := startOperation(t)
	before := o.shell.status()
	if before.Slot != "a" || before.Mode != "good" {
		t.Fatalf("before: %+v", before)
	}
	good := o.goodVersion(before)
	for _, bad := range badVersions {
		if _, err := os.Stat(filepath.Join(o.dir, bad.name+".wkb")); err != nil {
			continue
		}
		o.badVersion(good, bad.name, bad.code, bad.detail)
	}
	o.sameAgain("panic")
	o.r.serving()
	last := o.r.pay1000000001()
	o.r.booked(last.text("serial"), "posted")
	if _, err := o.r.verify(); err != nil {
		t.Error(err)
	}
}

// operation is a lab whose kiosk is a board, and head office's people who update it.
type operation struct {
	t                    *testing.T
	r                    *rig
	shell                *shell
	dir                  string // of the bundles
	operator, supervisor officeClient
}

func startOperation(t *testing.T) *operation {
	t.Helper()
	o := &operation{t: t, dir: updates(t)}
	o.shell = newShell(t, o.dir)
	coldRestarts(t)
	addr, err := claim("bundles", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	o.r = startRig(t, "--bundles-addr", addr, "--bundles-url", "https://"+net.JoinHostPort(hostOfGuest, port), "--bundle-root", filepath.Join(o.dir, "root.pub"))
	o.operator, o.supervisor = newOfficeClient(o.r.places, o.r.places.Accounts[1]), newOfficeClient(o.r.places, o.r.places.Accounts[2])
	o.operator.http.Timeout = patience // it uploads
	o.r.serving()
	return o
}

// goodVersion rolls good.wkb out by head office's interface, and returns what runs then.
func (o *operation) goodVersion(before boardStatus) boardStatus {
	o.t.Helper()
	bundle, err := os.ReadFile(filepath.Join(o.dir, "good.wkb"))
	if err != nil {
		o.t.Fatal(err)
	}
	var uploaded rollout.StoredBundle
	if err := o.operator.call(http.MethodPost, "bundles", "application/octet-stream", bundle, &uploaded); err != nil {
		o.t.Fatal(err)
	}
	if uploaded.Build != before.Release.Build+1 || uploaded.Board != "qemuarm64" || uploaded.Signers == "" {
		o.t.Errorf("the depot has %+v", uploaded)
	}
	var draft, started rollout.Report
	o.post(o.operator, "rollouts", fields{
		"title": "good", "bundle": uploaded.SHA256, "waves": []fields{{"percent": 100}}, "window": fields{"from": 0, "to": 0}, "jitter_seconds": 0,
	}, &draft)
	if err := o.operator.call(http.MethodPost, "rollouts/"+draft.Rollout.ID+"/start", "application/json", []byte(`{"reason":"mine"}`), &started); err == nil || !strings.Contains(err.Error(), "two-people") {
		o.t.Errorf("who made the rollout starts it: %v", err)
	}
	begun := time.Now()
	o.post(o.supervisor, "rollouts/"+draft.Rollout.ID+"/start", fields{"reason": "released"}, &started)
	end := o.ended(started.Rollout.ID, begun)
	k := end.Kiosks[0]
	if end.Rollout.State != rollout.Done || end.Rollout.Reason.Code != rollout.WhyComplete || k.Kiosk != kioskID || k.Standing != rollout.Good ||
		k.From != before.Release.Build || k.To != uploaded.Build {
		o.t.Errorf("head office says %+v", end)
	}
	o.runs(uploaded.Build, before.Release.Build)
	b := o.shell.status()
	if b.Slot != "b" || b.State.Good != "b" || b.State.Try != "" || b.Release.Build != uploaded.Build || b.last().What != "good" || b.last().By != "job "+k.Job {
		o.t.Errorf("the board says %+v", b)
	}
	return b
}

// badVersion rolls a bundle out by officed's commands, and wants the board back in
// the good slot, and head office to know why.
func (o *operation) badVersion(good boardStatus, name, code, detail string) {
	o.t.Helper()
	id, begun := o.order(name)
	end := o.ended(id, begun)
	k := end.Kiosks[0]
	if end.Rollout.State != rollout.Stopped || end.Rollout.Reason != (rollout.Reason{Code: rollout.WhyFailures, Have: 1}) || k.Standing != rollout.Failed || k.Phase != wire.PhaseFellBack ||
		k.Code != code || !strings.Contains(k.Detail, detail) {
		o.t.Errorf("%s: head office says %+v", name, end)
	}
	o.runs(good.Release.Build, k.To)
	b := o.shell.status()
	if last := b.last(); b.Slot != "b" || b.State.Good != "b" || b.State.Try != "" || b.Release.Build != good.Release.Build ||
		last.What != "fell-back" || last.By != "job "+k.Job || last.Build != k.To || last.Code != code {
		o.t.Errorf("%s: the board says %+v", name, b)
	}
}

// sameAgain rolls out what failed before: the board refuses it, and nothing restarts.
func (o *operation) sameAgain(name string) {
	o.t.Helper()
	boots := o.state().Boot
	id, begun := o.order(name)
	end := o.ended(id, begun)
	if k := end.Kiosks[0]; k.Phase != wire.PhaseRefused || k.Code != "failed-before" {
		o.t.Errorf("%s again: head office says %+v", name, end)
	}
	if now := o.state().Boot; now != boots {
		o.t.Errorf("%s again: boot %d, before %d", name, now, boots)
	}
}

// order has one person make a rollout that no failure passes, and another start it.
func (o *operation) order(name string) (id string, begun time.Time) {
	o.t.Helper()
	id = o.officed("create", "--title", name, "--bundle", filepath.Join(o.dir, name+".wkb"), "--wave", "100%/0s", "--window", "00:00-00:00", "--jitter", "0",
		"--max-failures", "0", "--auto-rollback=false", "--user", "operator")
	begun = time.Now()
	if out := o.officed("start", id, "--user", "supervisor", "--reason", "released"); out != id+" is running" {
		o.t.Errorf("%s: %s", name, out)
	}
	return id, begun
}

// officed runs officed rollout beside the running head office.
func (o *operation) officed(args ...string) string {
	o.t.Helper()
	args = append(append([]string{"rollout"}, args...), "--data", filepath.Join(o.r.dir, "office"), "--bundle-root", filepath.Join(o.dir, "root.pub"))
	out, err := tool(o.t.Context(), filepath.Join(o.r.bin, "officed"), args...)
	if err != nil {
		o.t.Fatalf("officed %v: %v", args, err)
	}
	return strings.TrimSpace(out)
}

func (o *operation) post(who officeClient, what string, body, answer any) {
	o.t.Helper()
	b, err := json.Marshal(body)
	if err == nil {
		err = who.call(http.MethodPost, what, "application/json", b, answer)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// ended waits until head office says that a rollout is over, and logs when the kiosk
// reported what.
func (o *operation) ended(id string, begun time.Time) (rep rollout.Report) {
	o.t.Helper()
	var seen wire.Phase
	var story []string
	untilWithin(o.t, trialLimit, "the end of rollout "+id, func() (bool, string) {
		rep = rollout.Report{}
		if err := o.supervisor.list("rollouts/"+id, &rep); err != nil {
			return false, err.Error()
		}
		if len(rep.Kiosks) != 1 {
			return false, fmt.Sprintf("%d kiosks", len(rep.Kiosks))
		}
		k := rep.Kiosks[0]
		if k.Phase != seen {
			seen = k.Phase
			story = append(story, fmt.Sprintf("%s %v", seen, time.Since(begun).Round(time.Second)))
		}
		if rep.Rollout.State.Active() {
			wait(o.t.Context(), lookEvery)
		}
		return !rep.Rollout.State.Active(), fmt.Sprintf("%s, %s %d%%, %s", rep.Rollout.State, k.Phase, k.Percent, k.Why())
	})
	if why := rep.Kiosks[0].Why(); why != "" {
		story = append(story, why)
	}
	o.t.Logf("%s: head office says %s (%s) after %v: %s", rep.Rollout.Spec.Title, rep.Rollout.State, rep.Rollout.Reason, time.Since(begun).Round(time.Second),
		strings.Join(story, ", "))
	return rep
}

// state is what the kiosk last reported of itself to head office.
func (o *operation) state() (s wire.State) {
	o.t.Helper()
	var v struct{ Report *wire.State }
	if err := o.supervisor.list("kiosks/"+kioskID, &v); err != nil || v.Report == nil {
		o.t.Fatalf("head office has no report of the kiosk: %v", err)
	}
	return *v.Report
}

// runs waits until head office has the kiosk online with a build, and another in the
// slot that does not run.
func (o *operation) runs(build, other uint64) {
	o.t.Helper()
	until(o.t, fmt.Sprintf("head office knows that build %d runs", build), func() (bool, string) {
		wait(o.t.Context(), lookEvery)
		s := o.state()
		return s.Online && s.Build == build && s.Other == other, fmt.Sprintf("%+v", s)
	})
}

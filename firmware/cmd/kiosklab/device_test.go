package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
	"wattkiosk/hal/bench"
)

// devices is what kioskctl device list says.
func (r *rig) devices() map[string]peripherals.Health {
	r.t.Helper()
	out, err := r.ctl("--json", "device", "list")
	if err != nil {
		r.t.Fatal(err)
	}
	var list []peripherals.Health
	if err := json.Unmarshal(out, &list); err != nil {
		r.t.Fatalf("%v in %s", err, out)
	}
	m := map[string]peripherals.Health{}
	for _, d := range list {
		m[d.Role] = d
	}
	return m
}

// TestLabDevices: every device class on the bench is opened, heard, tested and
// listed by the technician's tool.
func TestLabDevices(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	until(t, "all devices are online", func() (bool, string) {
		d := r.devices()
		for _, role := range []string{"validator", "printer", "invoice", "card", "meter-card", "pinpad"} {
			if d[role].State != hal.DeviceOnline {
				return false, fmt.Sprintf("%s: %+v", role, d[role])
			}
		}
		return true, ""
	})
	for name, want := range map[string]string{
		"validator": "reset, and ready", "printer": "printed", "invoice": "printed", "pinpad": "done", "card": "done", "meter-card": "done",
		"meter": "meter " + bench.MeterAddress, "slip-light": "switched over and back",
	} {
		out, err := r.ctl("device", "test", name)
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("device test %s: %q, %v; want %q", name, out, err, want)
		}
	}
	if out, err := r.ctl("device", "test", "toaster"); err == nil {
		t.Errorf("a device that is not there was tested: %s", out)
	}
	if s := r.slips(); len(s) == 0 || !strings.Contains(s[len(s)-1].Text, "PRINTER TEST") {
		t.Errorf("no test slip among %d", len(s))
	}
	if d := r.devices(); d["meter"].State != hal.DeviceOnline {
		t.Errorf("meter %+v", d["meter"])
	}
}

// TestLabDeviceTroubleShows: a technician sees which device it is.
func TestLabDeviceTroubleShows(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.bench("bill/fault", fields{"kind": "silent"})
	until(t, "the silent validator shows", func() (bool, string) {
		d := r.devices()["validator"]
		return d.State == hal.DeviceOffline, fmt.Sprintf("%+v", d)
	})
	if out, err := r.ctl("device", "test", "validator"); err == nil {
		t.Errorf("the silent validator passed its test: %s", out)
	}
	r.bench("bill/fault", fields{"kind": "silent", "clear": true})
	r.serving()
	r.bench("mains", fields{"on": false})
	until(t, "lost mains show", func() (bool, string) {
		s := r.mustState()
		return slices.Contains(s.kiosk.Blocks, "mains"), fmt.Sprint(s.kiosk.Blocks)
	})
	r.bench("mains", fields{"on": true})
	r.serving()
}

// TestLabValidators: the payment of the main job with every note validator and
// every card reader, and a card that the reader shows.
func TestLabValidators(t *testing.T) {
	all, validators := readers(), bench.Validators()
	for i := range max(len(all), len(validators)) {
		reader, v := all[i%len(all)], validators[i%len(validators)]
		t.Run(v+" and "+reader, func(t *testing.T) { // one at a time: a starved device falls silent
			flags := []string{"--validator", v, "--reader", reader}
			if reader == vendorReader {
				flags = append(flags, "--library", makersLibrary(t))
			}
			r := startRig(t, flags...)
			r.serving()
			last := r.pay1000000001()
			if last.text("status") != "posted" || last.number("total") != 13000 {
				t.Errorf("the screen says %v", last.Fields)
			}
			if s := r.mustState(); s.Bench.Validator.Total != 13000 || s.kiosk.Cash.Notes != 3 {
				t.Errorf("cassette %+v, journal %+v", s.Bench.Validator, s.kiosk.Cash)
			}
			if d := r.devices(); d["validator"].Driver != v || d["card"].Driver != reader || d["card"].State != hal.DeviceOnline {
				t.Errorf("devices %+v", d)
			}
			r.seesCard(reader)
		})
	}
}

// seesCard wants the technician's tool to show where the card is. A reader with a motor
// lets none in while no service wants one; that of the maker's library has its own.
func (r *rig) seesCard(reader string) {
	r.t.Helper()
	status, where := http.StatusConflict, "not-present"
	switch reader {
	case "pcsc":
		status, where = http.StatusOK, "latched"
	case vendorReader:
		status, where = 0, "present"
	}
	if status != 0 {
		if got := r.bench("card/insert", fields{"card": bench.MeterCardID, "slot": "bank"}); got != status {
			r.t.Errorf("the reader answers a card with %d, want %d", got, status)
		}
	}
	until(r.t, "the reader says "+where, func() (bool, string) {
		d := r.devices()["card"]
		return d.Detail == where, fmt.Sprintf("%+v", d)
	})
}

// makersLibrary builds a library in C, and its description.
func makersLibrary(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not installed: it builds the maker's library")
	}
	dir := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	const source = "../../../hal/cmd/vendorhost/testdata"
	library, description := filepath.Join(dir, "libreader.so"), filepath.Join(dir, "reader.toml")
	run("gcc", "-shared", "-fPIC", "-O1", "-o", library, filepath.Join(source, "reader.c"))
	text, err := os.ReadFile(filepath.Join(source, "reader.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(description, []byte(strings.ReplaceAll(string(text), "@LIBRARY@", library)), 0o600); err != nil {
		t.Fatal(err)
	}
	return description
}

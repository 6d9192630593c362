package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/updater/agentapi"
)

// TestImageStick plugs a technician's stick into the running board: what is damaged
// on it is refused, what is good is installed and proves itself, and a report of it
// is on the stick.
func TestImageStick(t *testing.T) {
	dir := updates(t)
	t.Setenv("LAB_USB", "1")
	s := newShell(t, dir)
	r := startRig(t)
	r.serving()
	q := r.control()
	path := makeStick(t, filepath.Join(dir, "good.wkb"), filepath.Join(dir, "truncated.wkb"), filepath.Join(dir, "unsigned.wkb"))
	q.do("blockdev-add", fields{"driver": "raw", "node-name": "stick", "file": fields{"driver": "file", "filename": path}})
	q.do("device_add", fields{"driver": "usb-storage", "id": "stick1", "bus": "usb.0", "drive": "stick", "removable": true})
	begun := time.Now()
	stick := s.stick()
	t.Logf("offers %v after the stick was plugged in: %+v", time.Since(begun).Round(time.Second), stick.Offers)
	refused := map[string]string{}
	for _, o := range stick.Offers {
		refused[o.File] = o.Refused
	}
	if len(refused) != 3 || refused["good.wkb"] != "" || refused["truncated.wkb"] != "truncated" || refused["unsigned.wkb"] != "signature" {
		t.Errorf("the stick offers %v", refused)
	}
	if out := s.run("kioskctl update stick install truncated.wkb --by 1001 --json"); !strings.Contains(out, "exit 1") {
		t.Errorf("a damaged bundle: %s", out)
	}
	begun = time.Now()
	out := s.run("kioskctl update stick install good.wkb --by 1001 --json")
	if !strings.Contains(out, `"phase":"installed"`) {
		t.Fatalf("install: %s", out)
	}
	good := s.settled("the version of the stick", func(b boardStatus) bool {
		return b.Slot == "b" && b.State.Good == "b" && b.State.Try == ""
	})
	t.Logf("%s runs in slot %s, proven %v after it was chosen", good.Release.Version, good.Slot, time.Since(begun).Round(time.Second))
	q.do("device_del", fields{"id": "stick1"})
	r.power(false)
	report, err := exec.Command("sh", "-c", fmt.Sprintf("mdir -b -i %[1]s ::wattkiosk && mtype -i %[1]s '::wattkiosk/*.txt'", path)).CombinedOutput()
	if err != nil || !strings.Contains(string(report), "good.wkb was installed by 1001") {
		t.Errorf("no report on the stick: %v\n%s", err, report)
	}
	t.Logf("%s", report)
}

// makeStick makes the image of a FAT stick with some files.
func makeStick(t *testing.T, files ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stick.img")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(512 << 20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mkfs.vfat", "-n", "TECHNIK", path}, append(append([]string{"mcopy", "-i", path}, files...), "::")} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
	}
	return path
}

// stick waits until the agent has read what is on the stick.
func (s *shell) stick() (found agentapi.Stick) {
	s.t.Helper()
	until(s.t, "the agent shows the stick", func() (bool, string) {
		out := s.run("kioskctl update stick status --json")
		text, _, _ := strings.Cut(out, "exit ")
		found = agentapi.Stick{}
		err := json.Unmarshal([]byte(text), &found)
		return err == nil && found.Phase == agentapi.StickOffered, out
	})
	return found
}

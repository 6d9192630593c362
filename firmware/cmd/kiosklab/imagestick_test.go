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

// TestImageStick plugs a technician's stick into the running board: nobody mounts or reads
// it before a login; what is damaged on it is refused, what is good is installed and proves itself, and a report of it
// is on the stick.
func TestImageStick(t *testing.T) {
	dir := updates(t)
	setLab(t, "LAB_USB", "1")
	s := newShell(t, dir)
	r := startRig(t)
	r.serving()
	q := r.control()
	path := makeStick(t, filepath.Join(dir, "good.wkb"), filepath.Join(dir, "truncated.wkb"), filepath.Join(dir, "unsigned.wkb"))
	q.do("blockdev-add", fields{"driver": "raw", "node-name": "stick", "file": fields{"driver": "file", "filename": path}})
	q.do("device_add", fields{"driver": "usb-storage", "id": "stick1", "bus": "usb.0", "drive": "stick", "removable": true})
	s.untouchedStick()
	begun := time.Now()
	stick := s.stick(agentapi.StickOffered)
	t.Logf("offers %v after a technician logged in: %+v", time.Since(begun).Round(time.Second), stick.Offers)
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

// sticksMounted says which mounts of all processes are of a USB disk, if not of which file
// system udev has found on one.
const sticksMounted = "ls /dev/sd*; grep -h '/dev/sd' /proc/[0-9]*/mounts; udevadm info -q property -n /dev/sda | grep ID_FS; true"

// untouchedStick wants a stick that waits for a login, and is neither mounted nor looked at;
// then it opens it, as kioskd does after a login. The console's account cannot.
func (s *shell) untouchedStick() {
	s.t.Helper()
	s.stick(agentapi.StickWaiting)
	if out := s.run(as("technician", "kioskctl update stick open --by 1001")); !strings.Contains(out, "wants a login") {
		s.t.Errorf("the console's account: %s", out)
	}
	for range 2 {
		if out := s.run(sticksMounted); !strings.Contains(out, "/dev/sda") || strings.Contains(out, "fat") {
			s.t.Errorf("a stick without a login: %s", out)
		}
		s.stick(agentapi.StickWaiting)
	}
	if out := s.run("kioskctl update stick open --by 1001 --json"); !strings.Contains(out, `"phase":"offered"`) {
		s.t.Errorf("after a login: %s", out)
	}
	if out := s.run(sticksMounted); strings.Contains(out, "vfat") {
		s.t.Errorf("a stick that has been read: %s", out)
	}
}

// stick waits until the agent is so far with the stick.
func (s *shell) stick(phase agentapi.StickPhase) (found agentapi.Stick) {
	s.t.Helper()
	until(s.t, "the agent shows the stick, "+string(phase), func() (bool, string) {
		out := s.run("kioskctl update stick status --json")
		text, _, _ := strings.Cut(out, "exit ")
		found = agentapi.Stick{}
		err := json.Unmarshal([]byte(text), &found)
		return err == nil && found.Phase == phase, out
	})
	return found
}

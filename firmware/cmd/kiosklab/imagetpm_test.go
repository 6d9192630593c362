package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/boards/image"
)

// whatIsKept prints what a thief could destroy: each file of the journal and each key, by its
// content.
const whatIsKept = "find /var/lib/wattkiosk/journal /var/lib/wattkiosk/journal.key /data/config/kiosk.d -type f | sort | xargs sha256sum"

// TestBoardStolenData has a board with a TPM (swtpm) take money: journal key and the
// enrolment's key, which came to it in clear, are sealed by the TPM at its first start. Its data
// are then started in a board with another TPM: nothing opens there, the screen and the
// technician's status say so, and no file is changed. Back in its own board the kiosk goes on,
// and its journal verifies.
func TestBoardStolenData(t *testing.T) {
	needImage(t)
	dir := t.TempDir()
	own, away := filepath.Join(dir, "tpm"), filepath.Join(dir, "own")
	setLab(t, "LAB_TPM", own)
	s := newShell(t, t.TempDir())
	r := startRig(t)
	r.serving()
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	until(t, "the keys are sealed by the TPM", func() (bool, string) {
		out, _ := s.try("kioskctl status"+"; grep -H ^Way: /data/config/kiosk.d/*key*.pem; ls -l /dev/tpm*; journalctl -b -o cat -u keys.service", patience)
		return strings.Contains(out, "sealed by the board's TPM") && strings.Contains(out, "Way: tpm"), out
	})
	t.Logf("the board says:\n%s", s.run("kioskctl status"+"; stat -c '%U %G %a %n' /data/config/kiosk.d/*"))
	until(t, "head office knows how the keys are kept", func() (bool, string) {
		var v json.RawMessage
		err := r.office.list("kiosks/"+kioskID, &v)
		return err == nil && strings.Contains(string(v), `"keys":"tpm"`), string(v)
	})
	r.power(false)
	r.nothingInClear()

	move(t, own, away)
	r.power(true)
	until(t, "the thief's board is out of service, and says why", func() (bool, string) {
		var v json.RawMessage
		if err := r.get(r.places.Screen+"state", &v); err != nil {
			return false, err.Error()
		}
		return strings.Contains(string(v), "本机密钥无法打开"), string(v)
	})
	kept := s.run(whatIsKept)
	said := s.run("kioskctl status; kioskctl journal verify; " + as("technician", "journalctl -b -o cat -u kioskd.service"))
	t.Logf("the thief's board says:\n%s", said)
	if !strings.Contains(said, "sealed on another board, or the TPM was cleared") {
		t.Errorf("the technician reads:\n%s", said)
	}
	if again := s.run("systemctl start keys.service; sleep 7; " + whatIsKept); again != kept || !strings.Contains(kept, "journal.key") {
		t.Errorf("files before:\n%s\nand after:\n%s", kept, again)
	}
	r.power(false)

	move(t, own, filepath.Join(dir, "thief"))
	move(t, away, own)
	r.power(true)
	r.serving()
	last = r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	if out := s.run(as("wattkiosk", "kioskctl journal verify")); !strings.Contains(out, "exit 0") {
		t.Errorf("the journal:\n%s", out)
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// nothingInClear looks for a private key in the data of the board's disk.
func (r *rig) nothingInClear() {
	r.t.Helper()
	img, err := image.Describe(imageDir())
	if err != nil {
		r.t.Fatal(err)
	}
	data, _ := img.Partition("data")
	f := r.boardDisk()
	const chunk, overlap = 1 << 20, 64
	b := make([]byte, chunk+overlap)
	for at := int64(0); at < data.Size; at += chunk {
		n, _ := f.ReadAt(b, data.Offset+at) // the end of the disk is short
		if bytes.Contains(b[:n], []byte("BEGIN PRIVATE KEY")) {
			r.t.Errorf("a private key lies in clear at %d of the data", at)
		}
	}
}

package flash

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"wattkiosk/ota/bundle"
)

// FuzzEnrolment has the shell, which reads the file on a board, say what it has read.
func FuzzEnrolment(f *testing.F) {
	f.Add("OFFICE=https://office.example\nKIOSK=10000001\nTOKEN=one-time-token\n")
	f.Add("TOKEN='a'\r\nKIOSK=\"10000001\"\r\nOFFICE=http://[::1]:80/x\r\n#\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseEnrolment([]byte(text))
		if err != nil {
			if _, ok := errors.AsType[*bundle.Error](err); !ok {
				t.Errorf("%v has no code", err)
			}
			return
		}
		path := filepath.Join(t.TempDir(), "enrol.env")
		if err := os.WriteFile(path, e.text(), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("env", "-i", "sh", "-euc", `. "$0"; printf '%s|%s|%s' "$OFFICE" "$KIOSK" "$TOKEN"`, path).CombinedOutput()
		if want := e.Office + "|" + e.Kiosk + "|" + e.token; err != nil || string(out) != want {
			t.Errorf("%q is read as %q, not %q: %v", text, out, want, err)
		}
	})
}

package technician

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/firmware/control"
)

// supported makes a support bundle of a lab, and tells what is in it and what kioskctl said.
func supported(t *testing.T, dir string) (parts map[string]string, said string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "support.zip")
	said = run(t, 0, "support-bundle", "--dir", dir, "--out", file)
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	parts = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
	}

	return parts, said
}

// TestSupportBundleOfAStoppedKiosk has the journal's verdict, says what it lacks and why, and
// has nothing of the keys and settings that lie beside the journal.
func TestSupportBundleOfAStoppedKiosk(t *testing.T) {
	dir := lab(t, payment...)
	for name, text := range map[string]string{"journal.key": "key-of-the-journal", "client.key.pem": "key-of-the-kiosk", "staff.json": `{"pin":"284915"}`} {
		if err := os.WriteFile(filepath.Join(dir, "kiosk", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parts, said := supported(t, dir)
	for name, text := range parts {
		for _, secret := range []string{"key-of-the", "284915", "state_dir", `"account"`} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %q:\n%s", name, secret, text)
			}
		}
	}
	for _, missing := range []string{"status.json      missing: the kiosk program does not run", "conditions.json  missing: ", "devices.json     missing: ", "log.txt          missing: a lab keeps none"} {
		if !strings.Contains(said, missing) {
			t.Errorf("%q is not said:\n%s", missing, said)
		}
	}
	var v control.Verdict
	if err := json.Unmarshal([]byte(parts["journal.json"]), &v); err != nil || !v.OK || v.Report.Records != 7 {
		t.Errorf("%s: %v", parts["journal.json"], err)
	}
	if !strings.Contains(parts["contents.json"], errDown.Error()) {
		t.Errorf("the contents do not say why: %s", parts["contents.json"])
	}
}

// TestSupportBundleOfARunningKiosk has its status, and each condition in words.
func TestSupportBundleOfARunningKiosk(t *testing.T) {
	dir := lab(t)
	answers := http.NewServeMux()
	for path, answer := range map[string]string{
		"/status": `{"kiosk":"10000001","blocks":["door"],"warnings":["temperature"],"certificate_ends":1798761600000}`, "/devices": `[{"role":"printer","port":"usb0"}]`,
		"/journal/verify": `{"ok":false,"error":"record 9: broken"}`,
	} {
		answers.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) })
	}
	defer serve(t, dir, answers)()
	parts, said := supported(t, dir)
	if strings.Count(said, "missing") != 1 {
		t.Error(said)
	}
	var conditions []conditionSaid
	if err := json.Unmarshal([]byte(parts["conditions.json"]), &conditions); err != nil {
		t.Fatal(err)
	}
	if want := []conditionSaid{{"door", true, "door is open"}, {"temperature", false, "the cabinet is too hot"}}; !slices.Equal(conditions, want) {
		t.Errorf("%v", conditions)
	}
	for name, want := range map[string]string{"status.json": "1798761600000", "devices.json": "usb0", "journal.json": "record 9: broken", "versions.json": `"kioskctl": "test"`} {
		if !strings.Contains(parts[name], want) {
			t.Errorf("%s: %s", name, parts[name])
		}
	}
}

// TestSupportBundleReplacesNothing: a file that is there stays.
func TestSupportBundleReplacesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.zip")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, 1, "support-bundle", "--dir", lab(t), "--out", file)
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

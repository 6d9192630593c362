package support

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bundled makes a bundle of parts, and tells what is in its file.
func bundled(t *testing.T, parts ...Part) (Bundle, map[string]string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "support.zip")
	made, err := Write(t.Context(), file, "10000001", time.Unix(1_798_761_600, 0), parts)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	texts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(text)
	}

	return made, texts
}

// logged is a part with a log of some text.
func logged(text string) Part {
	return Part{"log.txt", func(context.Context) (any, error) {
		l := new(Log)
		_, err := io.WriteString(l, text)

		return l, err
	}}
}

// The key is of no use, and in two parts so that no search for keys finds it here.
const (
	madeKey = "-----BEGIN EC " + "PRIVATE KEY-----\nMHcCAQEEIEVtbXlvdXJrZXlpc25vdGhlcmUxMjM0NTY3ODkwYWJjZGVmoAoGCCqG\n" +
		"SM49AwEHoUQDQgAEYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY3ODkw\n-----END EC " + "PRIVATE KEY-----"
	madePAN   = "6228480402564890018"
	madeTrack = madePAN + "=30122010000012345678"
)

// TestSecretsAreTakenOut plants secrets in each kind of part, and in a part's error. None is
// in the file, and what is no secret stays.
func TestSecretsAreTakenOut(t *testing.T) {
	log := strings.Join([]string{
		"2026-12-01T08:00:00+0800 kiosk kioskd[7]: level=INFO msg=pay serial=10000001000000000001 at=1798761600000",
		"card " + madePAN, "card 6228 4804 0256 4890 018", "track ;" + madeTrack + "?", "id 11010519491231002X", "pin=284915 next", `{"pin": "284915", "token":"WK-7QXM-99"}`,
		"Authorization: Bearer abcdefghijklmnopqrstuv", "broker_password=hunter2-hunter2", madeKey, "the end",
	}, "\n")
	made, texts := bundled(
		t, logged(log),
		Part{"status.json", func(context.Context) (any, error) {
			return map[string]string{"password": "hunter2", "said": "card " + madePAN, "serial": "10000001000000000001"}, nil
		}},
		Part{"devices.json", func(context.Context) (any, error) { return nil, errors.New("token=WK-7QXM-99 refused") }},
	)
	for name, text := range texts {
		for _, secret := range []string{
			madePAN, "6228 4804", "0402564890018", "30122010000012345678", "11010519491231002X", "284915", "WK-7QXM-99", "abcdefghijklmnopqrstuv", "hunter2", "MHcCAQEEIE", "SM49AwEHoUQ",
		} {
			if strings.Contains(text, secret) {
				t.Errorf("%s has %q:\n%s", name, secret, text)
			}
		}
	}
	got := texts["log.txt"]
	if !strings.Contains(got, "serial=10000001000000000001 at=1798761600000\n") || !strings.HasSuffix(got, "\nthe end") || strings.Count(got, removed) != 10 {
		t.Errorf("what is no secret stays:\n%s", got)
	}
	if got := texts["status.json"]; got != "{\n  \"password\": \"[removed]\",\n  \"said\": \"card [removed]\",\n  \"serial\": \"10000001000000000001\"\n}" {
		t.Error(got)
	}
	if _, is := texts["devices.json"]; is || made.Parts[2].Error != "token=[removed] refused" || !strings.Contains(texts["contents.json"], "token=[removed] refused") {
		t.Errorf("%+v, %s", made.Parts[2], texts["contents.json"])
	}
}

// TestBundleIsBounded: of a long log the end is there, in whole lines, and a key that the cut
// goes through is not. Anything else that is too long is missing.
func TestBundleIsBounded(t *testing.T) {
	line := strings.Repeat("a word, ", 12) + "\n"
	_, texts := bundled(t, logged(strings.Repeat(line, 12_000)+"the last line"))
	got := texts["log.txt"]
	if len(got) > partBytes || len(got) < partBytes-len(line) || !strings.HasPrefix(got, line) || !strings.HasSuffix(got, "the last line") {
		t.Errorf("%d bytes, from %.20q", len(got), got)
	}

	rest := partBytes + 59 - len(madeKey) // so that the cut is in the key's first line of base64
	_, texts = bundled(t, logged("early\n"+madeKey+"\n"+strings.Repeat(line, rest/len(line))+strings.Repeat("!", rest%len(line))))
	if got := texts["log.txt"]; strings.Contains(got, "SM49AwEHoUQ") || !strings.HasPrefix(got, removed+"\n"+line) {
		t.Errorf("the rest of a key is there: %.200q", got)
	}

	made, texts := bundled(t, Part{"status.json", func(context.Context) (any, error) { return strings.Repeat("x", partBytes), nil }})
	if _, is := texts["status.json"]; is || made.Parts[0].Error != "it is too long: 524290 bytes" {
		t.Errorf("%+v", made.Parts[0])
	}
}

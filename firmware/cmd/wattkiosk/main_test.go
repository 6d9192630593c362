package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestNames: the name decides, wherever the link lies.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		out  string
		errs string
	}{
		{[]string{"/usr/bin/kioskd", "-version"}, 0, "dev\n", ""},
		{[]string{"kioskd", "-help"}, 0, "", "Usage of kioskd:"},
		{[]string{"kioskd", "-nonsense"}, 2, "", "flag provided but not defined: -nonsense"},
		{[]string{"kioskd", "word"}, 2, "", "kioskd: wrong arguments; see -help\n"},
		{[]string{"/usr/bin/kioskctl", "--version"}, 0, "kioskctl version dev\n", ""},
		{[]string{"kioskctl"}, 2, "", "kioskctl: wrong command line: name a verb; see kioskctl --help\n"},
		{[]string{"./halsmoke"}, 2, "", "halsmoke: wrong command line: name a device class; see halsmoke --help\n"},
		{[]string{"/usr/bin/wattkiosk", "kioskd"}, 2, "", "wattkiosk: call it by a link named kioskd, kioskctl or halsmoke\n"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), c.args, strings.NewReader(""), &out, &errs)
		if code != c.code || out.String() != c.out || !strings.HasPrefix(errs.String(), c.errs) || c.errs == "" && errs.Len() > 0 {
			t.Errorf("%v: exit %d, %q, %q; want %d, %q, %q", c.args, code, out.String(), errs.String(), c.code, c.out, c.errs)
		}
	}
}

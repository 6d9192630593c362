package manifest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/ota/manifest"
)

// disk is a manifest of a disk of three chunks: one, the same again, and a short one.
const disk = `{"format":1,"product":"wattkiosk","board":"qemuarm64","variant":"","version":"1.2","build":7,"floor":0,
"created":"2026-11-24T02:00:00Z","expires":"2027-02-22T02:00:00Z","data":{"readsFrom":1,"reads":1,"writes":1},
"payloads":[{"name":"disk","kind":"disk","size":8389120,"sha256":"0aHASH","chunks":[
{"stored":9,"size":4194304,"sha256":"0aHASH","sealed":"0bHASH"},
{"stored":0,"size":4194304,"sha256":"0aHASH","sealed":"0bHASH","like":1},
{"stored":5,"size":512,"sha256":"0cHASH","sealed":"0dHASH"}]}]}`

func wholeDisk() string { return strings.ReplaceAll(disk, "HASH", strings.Repeat("0a", 31)) }

func TestDisk(t *testing.T) {
	m, err := manifest.Parse([]byte(wholeDisk()))
	if err != nil || m.Payloads[0].Kind != manifest.Disk || m.Payloads[0].Chunks[1].Like != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, tt := range []struct{ name, old, altered string }{
		{"for every board", `"qemuarm64"`, `"*"`},
		{"like itself", `"like":1`, `"like":2`},
		{"like a later one", `"like":1`, `"like":3`},
		{"like none", `"like":1`, `"like":-1`},
		{"stored and like", `"stored":0`, `"stored":9`},
		{"neither stored nor like", `,"like":1`, ``},
		{"other bytes", `"sha256":"0a` + strings.Repeat("0a", 31) + `","sealed":"0b` + strings.Repeat("0a", 31) + `","like"`, `"sha256":"0c` + strings.Repeat("0a", 31) + `","sealed":"0b` + strings.Repeat("0a", 31) + `","like"`},
		{"another frame", `"sealed":"0b` + strings.Repeat("0a", 31) + `","like"`, `"sealed":"0c` + strings.Repeat("0a", 31) + `","like"`},
		{"like one that is longer", `"stored":5,"size":512`, `"stored":0,"like":1,"size":512`},
		{"like one that is like another", `"stored":5,"size":512,"sha256":"0c`, `"stored":0,"like":2,"size":4194304,"sha256":"0a`},
		{"a dictionary", `"like":1`, `"like":1,"dictSize":4`},
		{"like in a root", `"kind":"disk"`, `"kind":"root"`},
		{"a target", `"kind":"disk"`, `"kind":"disk","target":"x"`},
		{"a size", `"size":8389120`, `"size":8389121`},
	} {
		bad := strings.Replace(wholeDisk(), tt.old, tt.altered, 1)
		if bad == wholeDisk() {
			t.Errorf("%s: nothing was altered", tt.name)
		}
		if _, err := manifest.Parse([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", tt.name)
		}
	}
}

// TestDiskIsAlone: neither a slot nor firmware of a device is beside it.
func TestDiskIsAlone(t *testing.T) {
	const chunk = `"size":1,"sha256":"0aHASH","chunks":[{"stored":9,"size":1,"sha256":"0aHASH","sealed":"0bHASH"}]`
	for _, other := range []string{
		`"kind":"root"`, `"kind":"content","target":"media"`, `"kind":"peripheral","device":{"class":"bill","driver":"ssp","model":"NV9USB","version":"4.12"}`,
	} {
		beside := strings.ReplaceAll(fmt.Sprintf(`,{"name":"other",%s,%s}]}`, other, chunk), "HASH", strings.Repeat("0a", 31))
		if _, err := manifest.Parse([]byte(strings.TrimSuffix(wholeDisk(), "]}") + beside)); !errors.Is(err, manifest.ErrMixed) {
			t.Errorf("%s: %v", other, err)
		}
	}
}

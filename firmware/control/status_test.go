package control

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestStatusIsWhatHeadOfficeGets(t *testing.T) {
	s := Status{Board: "rpicm4", Build: 42, Other: 41, Keys: "board", Blocks: []string{"update"}, Warnings: []string{"update-trial"}}
	b, err := json.Marshal(s.Wire())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"board":"rpicm4"`, `"build":42`, `"other_build":41`, `"keys":"board"`, `"alarms":["update","update-trial"]`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
}

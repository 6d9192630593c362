package broker

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheContractNamesTheSameKiosks: what asyncapi.yaml says of a kiosk's number, for
// topics and in each message, is what the broker lets in.
func TestTheContractNamesTheSameKiosks(t *testing.T) {
	b, err := os.ReadFile("../../wire/asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	_, parameter, ok := strings.Cut(text, "\n  parameters:\n    kiosk:\n      description: ")
	parameter, _, _ = strings.Cut(parameter, "\n")
	found := regexp.MustCompile(`\^\S+\$`).FindAllString(parameter, -1)
	if !ok || len(found) != 1 {
		t.Fatalf("the parameter kiosk has patterns %q", found)
	}
	for _, m := range regexp.MustCompile(`(?m)^ +kiosk: \{.*pattern: '([^']+)'`).FindAllStringSubmatch(text, -1) {
		found = append(found, strings.Replace(m[1], `^(\*|[0-9]{8})$`, `^[0-9]{8}$`, 1)) // * is all of them
	}
	if len(found) < 4 {
		t.Fatalf("patterns %q", found)
	}

	for name, want := range map[string]bool{
		"10000001": true, "00000000": true, "99999999": true,
		"": false, "1000000": false, "100000001": false, "1000000a": false, "KIOSK001": false, "office": false, "_all": false, "1000-001": false, "+": false, "#": false,
		"1000000１": false, " 0000001": false, "10000001\n": false, "10000001/": false,
	} {
		if got := isKiosk(name); got != want {
			t.Errorf("the broker: %q is a kiosk: %v", name, got)
		}
		for _, pattern := range found {
			if got := regexp.MustCompile(pattern).MatchString(name); got != want {
				t.Errorf("asyncapi.yaml, %s: %q is a kiosk: %v", pattern, name, got)
			}
		}
	}
}

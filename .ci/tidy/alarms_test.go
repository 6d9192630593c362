package tidy

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"wattkiosk/firmware/condition"
)

// TestAlarmsHaveWords: whatever a kiosk says that is wrong with it, head office tells in
// words. Neither may import the other.
func TestAlarmsHaveWords(t *testing.T) {
	said := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root(t), "uplink", "office", "web", "words*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"alarm\.([a-z-]+)":`).FindAllSubmatch(b, -1) {
			said[string(m[1])] = true
		}
	}

	for _, row := range condition.Rows() {
		if !said[string(row.Code)] {
			t.Errorf("uplink/office/web has no words for %s (%s)", row.Code, row.Chinese)
		}
	}
}

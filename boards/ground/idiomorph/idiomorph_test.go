package idiomorph

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
)

// TestVendoredScriptIsUnchanged, and kiosks show pages with WPE WebKit 2.38 too, which has
// no look-behind and no static blocks.
func TestVendoredScriptIsUnchanged(t *testing.T) {
	const want = "4cbd535caf7663a51eda9bce6595371c384fc430d54b8d414e29a61167f19f96"
	if sum := sha256.Sum256(Script()); hex.EncodeToString(sum[:]) != want {
		t.Errorf("SHA-256 is %x, want %s", sum, want)
	}
	if !strings.HasPrefix(string(Licence()), "Zero-Clause BSD") {
		t.Errorf("its licence: %.30q", Licence())
	}
	if found := regexp.MustCompile(`\(\?<[=!]|static\s*\{`).Find(Script()); found != nil {
		t.Errorf("it has %q", found)
	}
}

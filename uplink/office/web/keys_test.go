package web

import (
	"os"
	"strings"
	"testing"

	"wattkiosk/uplink/wire"
)

// withKeys is a town of kiosks that keep their keys in different ways.
func withKeys(t *testing.T) *town {
	t.Helper()
	w := newTown(t)
	for id, way := range map[string]string{"10000001": "tpm", "10000002": "board", "10000003": "clear", "10000004": ""} {
		w.kiosk(id, true, noon, wire.State{Version: "1.0.0", Screen: "idle", Paper: "full", Board: "rpicm4", Build: 42, Site: "建设路营业厅", Keys: way})
	}
	return w
}

// TestHowKeysAreKept: the page of a kiosk says it, so that nobody takes a board without a
// TPM for one that has one; what a kiosk does not say is not known.
func TestHowKeysAreKept(t *testing.T) {
	d := openDesk(t, withKeys(t), nil)
	c := d.as("wang")
	for id, want := range map[string]string{
		"10000001": "密钥保护 由 TPM 封存", "10000002": "密钥保护 绑定本机编号，无 TPM", "10000003": "密钥保护 明文存放", "10000004": "密钥保护 未知",
	} {
		status, body := d.call(c, "GET", "/kiosks/"+id, nil)
		if text := strings.Join(strings.Fields(pageText(body)), " "); status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s: %d, want %q in %s", id, status, want, text)
		}
	}
}

// TestKeysShots keeps pictures of a kiosk's page.
func TestKeysShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	d := openDesk(t, withKeys(t), nil)
	ctx := browser(t)
	keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
	enterAs(ctx, t, "wang")
	keepBoth(ctx, t, dir, "kiosk-keys", d.http.URL+"/kiosks/10000002", 1440)
}

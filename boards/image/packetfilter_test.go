package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPacketFilterPorts: the script opens the ports of head office that the board's settings
// name, passes over what is malformed, and says one line beside the rules.
func TestPacketFilterPorts(t *testing.T) {
	script, err := os.ReadFile("files/root/usr/libexec/wattkiosk/packet-filter")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no settings", nil, ""},
		{"a broker", map[string]string{"kiosk.d/enrolled.toml": "[uplink]\nbroker = \"tls://mq.example.cn:1883\"\n"}, "1883"},
		{"a broker by its address", map[string]string{"kiosk.d/enrolled.toml": "broker='x'\nbroker = \"tls://[2001:db8::1]:8884\" # ours\n"}, "8884"},
		{"further ports", map[string]string{"kiosk.d/site.toml": "[uplink]\nports = [9443, 10443]\n", "kiosk.d/enrolled.toml": "  broker=\"tls://a:1\"\n"}, "1, 9443, 10443"},
		{"not enrolled", map[string]string{"enrol.env": "KIOSK=10000001\r\nOFFICE=\"https://office:8090\"\r\n"}, "8090"},
		{"not enrolled, a path", map[string]string{"enrol.env": "OFFICE=https://office:8090/\n"}, "8090"},
		{"https by itself", map[string]string{"enrol.env": "OFFICE=https://office\nKIOSK=1:2\n"}, ""},
		{"no ports", map[string]string{"kiosk.d/a.toml": "ports = [0, 65536, 123456, 012]\nbroker = \"tls://a:99999\"\n"}, ""},
		{"what would be rules", map[string]string{
			"kiosk.d/a.toml": "ports = [22 }; flush ruleset; { 1]\nbroker = \"tls://a:22; flush ruleset\"\n", "enrol.env": "OFFICE=https://a:$(touch ran)\nOFFICE=https://a:22 accept\n",
		}, "22"},
	} {
		dir := t.TempDir()
		rules := filepath.Join(dir, "rules.nft")
		put := func(path, text string, mode os.FileMode) {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), mode); err != nil {
				t.Fatal(err)
			}
		}
		put(rules, "rules\n", 0o600)
		put(filepath.Join(dir, "bin/nft"), "#!/bin/sh\n[ \"$*\" = '-f -' ] && exec cat\n", 0o755)
		for name, text := range tt.files {
			put(filepath.Join(dir, "config", name), text, 0o600)
		}
		cmd := exec.Command("sh", "-c", strings.Replace(string(script), "/etc/wattkiosk/packet-filter.nft", rules, 1), "packet-filter", filepath.Join(dir, "config"))
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		want := "rules\n"
		if tt.want != "" {
			want += "add element inet kiosk office { " + tt.want + " }\n"
		}
		if err != nil || string(out) != want {
			t.Errorf("%s: %q, %v; want %q", tt.name, out, err, want)
		}
	}
}

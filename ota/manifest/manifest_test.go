package manifest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"wattkiosk/ota/manifest"
)

// sample is a whole manifest; each test alters one thing of it.
const sample = `{"format":1,"product":"wattkiosk","board":"qemuarm64","variant":"slim","version":"1.2","build":7,"floor":3,
"created":"2026-11-24T02:00:00Z","expires":"2027-02-22T02:00:00Z","data":{"readsFrom":1,"reads":1,"writes":1},
"encryption":{"scheme":"hpke-x25519-xchacha20poly1305","keys":[{"fleet":"0123456789abcdef","wrapped":"AAEC"}]},
"payloads":[
{"name":"root","kind":"root","size":10,"sha256":"HASH","chunks":[{"stored":9,"size":10,"sha256":"HASH","sealed":"HASH"}],
"deltas":[{"fromSize":8,"fromSha256":"HASH","chunks":[{"stored":5,"size":10,"sha256":"HASH","sealed":"HASH","dictAt":2,"dictSize":6}]}]},
{"name":"media","kind":"content","target":"media","size":1,"sha256":"HASH","chunks":[{"stored":9,"size":1,"sha256":"HASH","sealed":"HASH"}]},
{"name":"nv9","kind":"peripheral","device":{"class":"bill","driver":"ssp","model":"NV9USB","version":"4.12"},"size":1,"sha256":"HASH","chunks":[{"stored":9,"size":1,"sha256":"HASH","sealed":"HASH"}]}
]}`

func whole() string { return strings.ReplaceAll(sample, "HASH", strings.Repeat("0a", 32)) }

func TestParse(t *testing.T) {
	m, err := manifest.Parse([]byte(whole()))
	if err != nil {
		t.Fatal(err)
	}
	if d := m.Payloads[2].Device; m.Build != 7 || len(m.Payloads) != 3 || d.Model != "NV9USB" || m.Encryption.Keys[0].Wrapped[2] != 2 {
		t.Errorf("%+v", m)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct{ name, old, altered string }{
		{"format", `"format":1`, `"format":2`},
		{"product", `"wattkiosk"`, `"another"`},
		{"unknown field", `"variant":"slim"`, `"variant":"slim","x":1`},
		{"no board", `"qemuarm64"`, `""`},
		{"floor above build", `"floor":3`, `"floor":8`},
		{"ends before it begins", `2027-02-22`, `2025-02-22`},
		{"scheme", `"hpke-x25519`, `"rot13`},
		{"no fleet key", `[{"fleet":"0123456789abcdef","wrapped":"AAEC"}]`, `[]`},
		{"fleet key", `0123456789abcdef`, `0123456789ABCDEF`},
		{"nothing wrapped", `"wrapped":"AAEC"`, `"wrapped":""`},
		{"fleet key twice", `"wrapped":"AAEC"}`, `"wrapped":"AAEC"},{"fleet":"0123456789abcdef","wrapped":"AAEC"}`},
		{"way up", `"name":"root"`, `"name":"../root"`},
		{"same name", `"name":"nv9"`, `"name":"media"`},
		{"kind", `"kind":"root"`, `"kind":"loader"`},
		{"a root with a target", `"kind":"root"`, `"kind":"root","target":"x"`},
		{"a pack without one", `"target":"media",`, ``},
		{"a pack that leads up", `"target":"media"`, `"target":"../media"`},
		{"a firmware without device", `"kind":"peripheral","device":{"class":"bill","driver":"ssp","model":"NV9USB","version":"4.12"}`, `"kind":"peripheral"`},
		{"a root with a device", `"kind":"root"`, `"kind":"root","device":{"class":"bill","driver":"ssp","model":"x","version":"1"}`},
		{"model", `"NV9USB"`, `"NV9\nUSB"`},
		{"no version", `"4.12"`, `""`},
		{"a pack made from another", `"target":"media"`, `"target":"media","deltas":[{"fromSize":8,"fromSha256":"` + strings.Repeat("0a", 32) + `","chunks":[]}]`},
		{"a huge firmware", `"version":"4.12"},"size":1`, `"version":"4.12"},"size":16777217`},
		{"size", `"kind":"root","size":10`, `"kind":"root","size":11`},
		{"chunk", `"stored":9,"size":10`, `"stored":0,"size":10`},
		{"stored far too large", `"stored":9,"size":10`, `"stored":8388609,"size":10`},
		{"dictionary behind the image", `"dictAt":2`, `"dictAt":3`},
		{"dictionary before it", `"dictAt":2`, `"dictAt":-1`},
		{"digest", `"sha256":"0a`, `"sha256":"0x`},
		{"something behind", "\n]}", "\n]}{}"},
	} {
		bad := strings.Replace(whole(), tt.old, tt.altered, 1)
		if bad == whole() {
			t.Errorf("%s: nothing was altered", tt.name)
		}
		if _, err := manifest.Parse([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", tt.name)
		}
	}
}

func TestContentIsForEveryBoard(t *testing.T) {
	any := strings.Replace(whole(), `"qemuarm64"`, `"*"`, 1)
	if _, err := manifest.Parse([]byte(any)); err == nil {
		t.Error("a root for every board was accepted")
	}
	from, to := strings.Index(any, `{"name":"root"`), strings.Index(any, `{"name":"media"`)
	any = any[:from] + any[to:]
	from, to = strings.Index(any, ",\n{\"name\":\"nv9\""), strings.Index(any, "\n]}")
	if _, err := manifest.Parse([]byte(any[:from] + any[to:])); err != nil {
		t.Error(err)
	}
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(whole()))
	f.Add([]byte(wholeDisk()))
	f.Add([]byte(`{"format":1,"product":"wattkiosk","board":"qemuarm64","version":"1","build":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := manifest.Parse(data)
		if err != nil {
			return
		}
		if m.Check() != nil || m.Build == 0 || len(m.Payloads) == 0 {
			t.Errorf("%+v was accepted", m)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := manifest.Parse(text); err != nil && len(text) <= manifest.MaxManifest {
			t.Errorf("%s is not read again: %v", text, err)
		}
	})
}

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/payments/mis/socket"
)

func TestMISAddress(t *testing.T) {
	for addr, want := range map[string]struct {
		road, at, dialect string
		unit              socket.Unit
	}{
		"socket://mis.example:7001":              {"socket", "mis.example:7001", "example", socket.Unit{}},
		"socket+example://127.0.0.1:7001":        {"socket", "127.0.0.1:7001", "example", socket.Unit{}},
		"socket+hn://10.0.0.1:7001":              {"socket", "10.0.0.1:7001", "hn", socket.Unit{}},
		"socket+hn://h:1?collecting=4301":        {"socket", "h:1", "hn", socket.Unit{Collecting: "4301"}},
		"socket://h:1?accounting=2&collecting=1": {"socket", "h:1", "example", socket.Unit{Collecting: "1", Accounting: "2"}},
		"soap+hn:///etc/mis.toml?accounting=2":   {"soap", "/etc/mis.toml", "hn", socket.Unit{Accounting: "2"}},
		"tuxedo:///etc/tux.toml":                 {"tuxedo", "/etc/tux.toml", "example", socket.Unit{}},
		"tuxedo+hn:///etc/tux.toml?accounting=2": {"tuxedo", "/etc/tux.toml", "hn", socket.Unit{Accounting: "2"}},
	} {
		got, err := misAddress(addr)
		if err != nil || got.road != want.road || got.at != want.at || got.dialect.Name != want.dialect || got.unit != want.unit {
			t.Errorf("%s: %s, %s, %s, %+v, %v", addr, got.road, got.at, got.dialect.Name, got.unit, err)
		}
	}
	for _, addr := range []string{
		"h:1", "socket://", "tuxedo://h:1", "tuxedo://h/etc/tux.toml", "tuxedo:tux.toml", "tuxedo+south:///etc/tux.toml", "socket+south://h:1", "socket://h:1/path",
		"socket://u@h:1", "socket://h:1?unit=1", "socket://h:1?collecting=1&collecting=2", "socket+hn",
		"soap://h/ws", "soap+https://h/ws", "socket://h:1?version=1.2",
	} {
		if got, err := misAddress(addr); err == nil {
			t.Errorf("%s: %+v", addr, got.at)
		}
	}
}

func TestMISService(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mis.toml")
	const good = "url = \"https://mis.example/ws\"\nversion = \"1.2\"\nuser = \"kiosk\"\npassword = \"s3cret\"\nnamespace = \"urn:x\"\nnames = { post = \"Charge\" }\n"
	for say, text := range map[string]string{
		"":                         good,
		"want https://host/path":   strings.Replace(good, "https:", "ftp:", 1),
		"a password as text needs": strings.Replace(good, "https:", "http:", 1),
		"names.post":               strings.Replace(good, "Charge", "", 1),
		"unknown key timeout":      "timeout = 1\n" + good,
		"line 1 is no setting":     "s3cret\n" + good,
		"not written in":           "charset = \"Latin-1\"\n" + good,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		caller, err := misCaller("soap+hn://"+path, 8, slog.New(slog.DiscardHandler))
		if (err == nil) != (say == "") || err != nil && (!strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%v, want %q", err, say)
		}
		if err == nil {
			if err := closer(caller)(); err != nil {
				t.Error(err)
			}
		}
	}
}

const tuxedoFile = `
kind = "tuxedo"
libraries = ["/opt/oracle/tuxedo/lib/libwsc.so", "/opt/oracle/tuxedo/lib/libfml32.so"]
buffer = "FML32"
children = 8

[env]
TUXDIR = "/opt/oracle/tuxedo"
WSNADDR = "//10.1.2.3:7001"
FLDTBLDIR32 = "/etc/wattkiosk/mis"
FIELDTBLS32 = "mis.fld32"

[service]
query = "YX_QUERY"
verify = "YX_VERIFY"
post = "YX_PAY"
ask = "YX_ASK"
reverse = "YX_REVERSE"

[names]
jylsh = "SERIAL_NO"
`

func TestTuxedoSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tux.toml")
	for say, text := range map[string]string{
		"":                                       tuxedoFile,
		"unknown key childs":                     strings.Replace(tuxedoFile, "children", "childs", 1),
		"is no setting":                          tuxedoFile + "[",
		"service.post: want a name of ":          strings.Replace(tuxedoFile, "post = ", "# ", 1),
		"names.abc: dialect example has no such": tuxedoFile + "abc = \"X\"\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		caller, err := misCaller("tuxedo://"+path, 32, slog.New(slog.DiscardHandler))
		if (err == nil) != (say == "") || err != nil && !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
		if err == nil {
			if err := closer(caller)(); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := misCaller("tuxedo:///no/such.toml", 32, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("settings that are not there")
	}
}

package source

import (
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/payments/reconcile/form"
)

func TestParse(t *testing.T) {
	key, host := filepath.Join(t.TempDir(), "id"), filepath.Join(t.TempDir(), "host.pub")
	makeKey(t, key)
	pub, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(host, append([]byte("[bank.example]:2222 "), pub...), 0o600); err != nil { // as known_hosts has it
		t.Fatal(err)
	}
	with := "?key-file=" + key + "&host-key-file=" + host

	for text, want := range map[string]form.Kind{
		"mis=file:///books/dz":                              form.Ledger104,
		"cardsystem=tcp://10.1.2.3:7000":                    form.Ledger104,
		"posp=tcp://[::1]:7000":                             form.POSPDetail,
		"acquirer=file:///books?pattern=bill-{day}.csv":     form.Acquirer,
		"bank=sftp://wk@bank.example/out" + with:            form.BankCSV,
		"bank=sftp://wk@bank.example:2222/out" + with:       form.BankCSV,
		"posp=sftp://wk@b/out" + with + "&pattern=P{date}*": form.POSPDetail,
	} {
		if b, err := Parse(text); err != nil || b.Source.Kind() != want {
			t.Errorf("%s: %v", text, err)
		}
	}

	for text, want := range map[string]string{
		"":                                    `"": want mis, posp, acquirer, cardsystem, bank, = and a URL`,
		"shop=file:///x":                      `"shop": want mis, posp, acquirer, cardsystem, bank, = and a URL`,
		"mis":                                 `mis: "" is none of file, sftp, tcp`,
		"mis=http://x/":                       `mis: "http" is none of file, sftp, tcp`,
		"mis=file://host/x":                   `mis: want file:///dir: the folder is this machine's`,
		"mis=file:x":                          `mis: want a whole path of a folder`,
		"mis=file:///x?pattern=a":             `mis: pattern: want a name with {date} or {day} in it, and no folder`,
		"mis=file:///x?pattern=[{day}":        `mis: pattern: want a name with {date} or {day} in it, and no folder`,
		"mis=file:///x?paten=a":               `mis: "paten" is no setting: want pattern, once each`,
		"mis=tcp://host":                      `mis: want host:port`,
		"mis=tcp://host:1/dir":                `mis: want tcp://host:port`,
		"bank=sftp://wk@host/x":               `bank: want sftp://user@host:port/dir?key-file=…&host-key-file=…`,
		"bank=sftp://wk:geheim@host/x":        `bank: no password belongs into the URL: SFTP goes by a key`,
		"bank=sftp://wk@host" + with:          `bank: want a whole path of a folder`,
		"bank=sftp://wk:geheim@host:x/" + key: `bank: want file:///dir, sftp://user@host:port/dir?key-file=…&host-key-file=… or tcp://host:port`,
		"bank=sftp://wk@h/x?key-file=" + host + "&host-key-file=" + host: `bank: cannot read key: ` + host + ` is no private key`,
		"bank=sftp://wk@h/x?key-file=" + key + "&host-key-file=" + key:   `bank: cannot read host key: ` + key + ` is no public key`,
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}

	if all, err := ParseAll([]string{"mis=tcp://a:1", "posp=tcp://a:2"}); err != nil || len(all) != 2 || all[1].Name != "posp" {
		t.Errorf("%v, %v", all, err)
	}
	two, err := ParseAll([]string{"acquirer:alipay=tcp://a:1", "acquirer:wechat=tcp://a:2"})
	if err != nil || len(two) != 2 || two[0].Name != "acquirer" || two[0].Part != "alipay" || two[1].Part != "wechat" {
		t.Errorf("two acquirers: %+v, %v", two, err)
	}
	for _, flags := range [][]string{{"acquirer:a=tcp://a:1", "acquirer:a=tcp://a:2"}, {"acquirer=tcp://a:1", "acquirer:a=tcp://a:2"}} {
		if _, err := ParseAll(flags); err == nil || err.Error() != "acquirer: given twice" {
			t.Errorf("%v: %v", flags, err)
		}
	}
	if _, err := Parse("mis:a=tcp://a:1"); err == nil || err.Error() != `"mis:a": want acquirer:NAME of one of several` {
		t.Errorf("%v", err)
	}
	if _, err := ParseAll([]string{"mis=tcp://a:1", "mis=tcp://a:2"}); err == nil || err.Error() != "mis: given twice" {
		t.Error(err)
	}
}

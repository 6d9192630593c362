package main

import (
	"testing"

	"wattkiosk/payments/mis/socket"
)

func TestMISConfig(t *testing.T) {
	for addr, want := range map[string]struct {
		host, dialect string
		unit          socket.Unit
	}{
		"socket://mis.example:7001":              {"mis.example:7001", "example", socket.Unit{}},
		"socket+example://127.0.0.1:7001":        {"127.0.0.1:7001", "example", socket.Unit{}},
		"socket+hn://10.0.0.1:7001":              {"10.0.0.1:7001", "hn", socket.Unit{}},
		"socket+hn://h:1?collecting=4301":        {"h:1", "hn", socket.Unit{Collecting: "4301"}},
		"socket://h:1?accounting=2&collecting=1": {"h:1", "example", socket.Unit{Collecting: "1", Accounting: "2"}},
	} {
		got, err := misConfig(addr, 32)
		if err != nil || got.Addr != want.host || got.Dialect.Name != want.dialect || got.Unit != want.unit {
			t.Errorf("%s: %s, %s, %+v, %v", addr, got.Addr, got.Dialect.Name, got.Unit, err)
		}
	}
	for _, addr := range []string{
		"h:1", "socket://", "tuxedo://h:1", "socket+south://h:1", "socket://h:1/path", "socket://u@h:1", "socket://h:1?unit=1", "socket://h:1?collecting=1&collecting=2", "socket+hn",
	} {
		if got, err := misConfig(addr, 32); err == nil {
			t.Errorf("%s: %+v", addr, got.Addr)
		}
	}
}

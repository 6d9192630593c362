package main

import (
	"net/url"
	"path/filepath"
)

// kioskID is the terminal number of the lab's kiosk.
const kioskID = "10000001"

// places is where everything is: the line of --json, and part of /api/state.
type places struct {
	Dir         string            `json:"dir"`
	Kiosk       string            `json:"kiosk"`
	Screen      string            `json:"screen"` // URLs that end in a slash
	Bench       string            `json:"bench"`
	Office      string            `json:"office"`
	Broker      string            `json:"broker"`      // tls://host:port
	Line        string            `json:"line"`        // host:port where the kiosk reaches the broker
	Bundles     string            `json:"bundles"`     // https://host:port where the kiosk fetches bundles
	MIS         string            `json:"mis"`         // host:port
	Acquirer    string            `json:"acquirer"`    // host:port
	POSP        string            `json:"posp"`        // host:port
	CardSystem  string            `json:"card_system"` // host:port
	Books       map[string]string `json:"books"`       // host:port of each day-book, by its name at head office
	CA          string            `json:"ca"`          // file: head office's authority
	BrokerFiles string            `json:"broker_files,omitempty"`
	PID         int               `json:"pid"`
	Zone        string            `json:"zone"`     // time zone of the business, by its name
	Accounts    []account         `json:"accounts"` // of head office; of the lab only, so no secret
}

type account struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// demoAccounts are those that "officed serve --demo" makes.
func demoAccounts() []account {
	const password = "wattkiosk-demo"
	return []account{{"accountant", password}, {"operator", password}, {"supervisor", password}, {"cashier", password}}
}

// layout is the lab's folder.
type layout struct{ dir string }

func (l layout) path(name ...string) string {
	return filepath.Join(append([]string{l.dir}, name...)...)
}
func (l layout) office() string   { return l.path("office") }
func (l layout) officeCA() string { return l.path("office", "ca") }
func (l layout) kiosk() string    { return l.path("kiosk") }
func (l layout) kioskToml() string {
	return l.path("kiosk", "kiosk.toml")
}
func (l layout) enrolled() string { return l.path("kiosk", "enrolled.toml") }
func (l layout) ledger() string   { return l.path("mis.json") }
func (l layout) tmp() string      { return l.path("tmp") }
func (l layout) clock() string    { return l.path("clock") }
func (l layout) broker() string   { return l.path("broker") }
func (l layout) acquirer() string { return l.path("acquirer") }
func (l layout) bank() string     { return l.path("posp.json") }

func (l layout) collect() string { return l.path("collect.json") }

func (l layout) cardSystem() string { return l.path("cardsystem.json") }

// masterKey is the file of the PIN pad's master key: the lab's secure room.
func (l layout) masterKey() string { return l.path("pinpad.key") }

// brokerHost is host:port of a broker's URL, which was checked.
func brokerHost(broker string) (scheme, hostport string) {
	u, err := url.Parse(broker)
	if err != nil {
		return "", ""
	}
	return u.Scheme, u.Host
}

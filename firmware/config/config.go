package config

import (
	"path/filepath"
	"time"
)

// Config is the configuration of one kiosk.
type Config struct {
	Kiosk         string `toml:"kiosk" json:"kiosk"`                   // terminal number, 8 digits
	Incarnation   uint8  `toml:"incarnation" json:"incarnation"`       // how often this kiosk's journal was begun again; head office says so at enrolment
	Board         string `toml:"board" json:"board"`                   // name of a board (package boards)
	BoardDir      string `toml:"board_dir" json:"board_dir"`           // board sim only: folder of its devices; empty = state_dir
	StateDir      string `toml:"state_dir" json:"state_dir"`           // journal and everything durable
	RunDir        string `toml:"run_dir" json:"run_dir"`               // what may vanish at boot
	ScreenAddr    string `toml:"screen_addr" json:"screen_addr"`       // loopback host:port of screen, /healthz, /metrics
	ControlSocket string `toml:"control_socket" json:"control_socket"` // unix socket of kioskctl; empty = run_dir/control.sock
	Profile       string `toml:"profile" json:"profile"`               // kind of terminal
	Lang          string `toml:"lang" json:"lang"`                     // first language of the screen: zh or en
	Timezone      string `toml:"timezone" json:"timezone"`             // IANA name
	PolicyKey     string `toml:"policy_key" json:"policy_key"`         // file: head office's public key for policies
	UpdateSocket  string `toml:"update_socket" json:"update_socket"`   // unix socket of the update agent; empty = none
	BillCode      string `toml:"bill_code" json:"bill_code"`           // regular expression of a bill's bar code; a group holds the account; empty = nothing is scanned

	Site    Site    `toml:"site" json:"site"`
	Uplink  Uplink  `toml:"uplink" json:"uplink"`
	Journal Journal `toml:"journal" json:"journal"`
	Devices Devices `toml:"devices" json:"devices"`
	Cash    Cash    `toml:"cash" json:"cash"`
	Card    Card    `toml:"card" json:"card"`
	QR      QR      `toml:"qr" json:"qr"`
	Screen  Screen  `toml:"screen" json:"screen"`

	Slips    Slips    `toml:"slips" json:"slips"`
	Keys     Sealing  `toml:"keys" json:"keys"`
	Watchdog Watchdog `toml:"watchdog" json:"watchdog"`
	Audio    Audio    `toml:"audio" json:"audio"`
	Camera   Camera   `toml:"camera" json:"camera"`
	Sensor   Sensor   `toml:"sensor" json:"sensor"`
}

// Site is where the kiosk stands and whose it is, as slips and the screen say it.
type Site struct {
	Utility string `toml:"utility" json:"utility"` // who issues the slips; empty leaves the line out
	Name    string `toml:"name" json:"name"`       // of the place
	Address string `toml:"address" json:"address"` // of the place
	Hotline string `toml:"hotline" json:"hotline"` // the utility's service number
	Hours   string `toml:"hours" json:"hours"`     // when the place is open, as the idle screen shows it; empty leaves it out
}

// Uplink is the line to head office. An empty Broker means none.
type Uplink struct {
	Broker     string `toml:"broker" json:"broker"`           // tls://host:port; tcp:// on loopback only
	ServerName string `toml:"server_name" json:"server_name"` // whom the broker's certificate must name; "" = the host in Broker
	CA         string `toml:"ca" json:"ca"`                   // file: certificates the broker is checked against
	Cert       string `toml:"cert" json:"cert"`               // file: this kiosk's certificate
	Key        string `toml:"key" json:"key"`                 // file: its key
	EnrolToken Secret `toml:"enrol_token" json:"enrol_token"` // one-time, until a certificate is there

	// Ports are TCP ports of head office that the board's packet filter lets out to, beside
	// the broker's and those of every image. kioskd does not look at them.
	Ports []int64 `toml:"ports" json:"ports"`
}

// Sealing says what keys and PINs are sealed with (package boardkey). Without a TPM they are
// bound to the board's own numbers; a board that has none keeps them in clear.
type Sealing struct {
	TPM string `toml:"tpm" json:"tpm"` // device file; empty = the board's, "none" = not used
}

// Journal is where records are kept and for how long.
type Journal struct {
	KeyFile       string `toml:"key_file" json:"key_file"`             // file: encryption key; empty = not encrypted
	RetentionDays int    `toml:"retention_days" json:"retention_days"` // after head office has acknowledged

	// How long, and with how much in notes, money is taken while head office has another
	// journal under this kiosk's name.
	ApartFor  time.Duration `toml:"apart_for" json:"apart_for"`
	ApartCash int64         `toml:"apart_cash" json:"apart_cash"` // yuan
}

// Cash says which notes are taken.
type Cash struct {
	Denominations []int64 `toml:"denominations" json:"denominations"` // yuan
	MaxTotal      int64   `toml:"max_total" json:"max_total"`         // yuan in one transaction
}

// QR says whether payment by QR code is offered. Head office has the contract with the
// acquirer, so that there is nothing else to say here.
type QR struct {
	Enabled  bool  `toml:"enabled" json:"enabled"`
	MaxTotal int64 `toml:"max_total" json:"max_total"` // yuan in one payment
}

// Screen are the time-outs of the customer's screen.
type Screen struct {
	IdleTimeout  time.Duration `toml:"idle_timeout" json:"idle_timeout"`   // without a touch, before money was taken
	CashTimeout  time.Duration `toml:"cash_timeout" json:"cash_timeout"`   // without a note, while notes are taken
	DoneTimeout  time.Duration `toml:"done_timeout" json:"done_timeout"`   // of a result that needs nothing of the customer; others stay longer
	StaffTimeout time.Duration `toml:"staff_timeout" json:"staff_timeout"` // of staff screens
}

// fenPerYuan turns yuan into fen.
const fenPerYuan = 100

// DenominationsFen are the notes taken, in fen.
func (c Cash) DenominationsFen() []int64 { return toFen(c.Denominations) }

func toFen(yuan []int64) []int64 {
	fen := make([]int64, len(yuan))
	for i, y := range yuan {
		fen[i] = y * fenPerYuan
	}
	return fen
}

// ApartCashFen is how much is taken in notes while head office has another journal, in fen.
func (j Journal) ApartCashFen() int64 { return j.ApartCash * fenPerYuan }

// MaxTotalFen is the most that one transaction takes in notes, in fen.
func (c Cash) MaxTotalFen() int64 { return c.MaxTotal * fenPerYuan }

// MaxTotalFen is the most that one payment by bank card takes, in fen.
func (c Card) MaxTotalFen() int64 { return c.MaxTotal * fenPerYuan }

// MaxTotalFen is the most that one payment by QR code takes, in fen.
func (q QR) MaxTotalFen() int64 { return q.MaxTotal * fenPerYuan }

// Location is the time zone; Check has made sure that there is one.
func (c Config) Location() (*time.Location, error) { return time.LoadLocation(c.Timezone) }

// Default is the configuration of a kiosk that is given nothing but its number.
func Default() Config {
	return Config{
		Board:      "sim",
		StateDir:   "/var/lib/wattkiosk",
		RunDir:     "/run/wattkiosk",
		ScreenAddr: "127.0.0.1:8080",
		Profile:    "lobby",
		Lang:       "zh",
		Timezone:   "Asia/Shanghai",
		BillCode:   "^([0-9]{10}|[0-9]{12})$",
		Site:       Site{Hotline: "95598"},
		Journal:    Journal{RetentionDays: 180, ApartFor: 30 * time.Minute, ApartCash: 2000},
		Devices:    Devices{Validator: Device{Driver: "ccnet"}, Printer: Device{Driver: "escpos"}},
		Cash:       Cash{Denominations: []int64{10, 20, 50, 100}, MaxTotal: 5000},
		QR:         QR{MaxTotal: 5000},
		Card: Card{
			Operator: "001", TPDU: "6000030000", Header: "603100311903", Keys: "double", MAC: "unionpay", MasterSlot: 0, PINSlot: 1, MACSlot: 2,
			Posts:    "head-office",
			MaxTotal: 20_000, Certificates: true, SettleAt: "23:30", Country: "156", Currency: "156", Stripe: true, Fallback: 2, SM: true,
		},
		Screen: Screen{
			IdleTimeout: time.Minute, CashTimeout: 2 * time.Minute,
			DoneTimeout: 20 * time.Second, StaffTimeout: 5 * time.Minute,
		},
		Slips:    Slips{TakeWithin: 30 * time.Second},
		Watchdog: Watchdog{Timeout: time.Minute},
		Audio: Audio{
			Prompts: "/usr/share/wattkiosk/prompts", Control: "Master", Volume: 70, QuietFrom: "22:00", QuietTo: "07:00",
		},
		Camera: Camera{MaxMB: 256, RetentionDays: 90},
		Sensor: Sensor{Address: 0x48, AlarmAbove: 60},
	}
}

// derive fills what follows from other fields.
func (c *Config) derive() {
	if c.ControlSocket == "" {
		c.ControlSocket = filepath.Join(c.RunDir, "control.sock")
	}
	if c.BoardDir == "" {
		c.BoardDir = c.StateDir
	}
}

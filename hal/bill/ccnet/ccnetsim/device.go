package ccnetsim

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/ccnet"
)

// Outcomes of an inserted note.
const (
	Genuine    = "genuine"
	Suspect    = "suspect"    // rejected: verification (66)
	Unreadable = "unreadable" // rejected: identification (65)
)

// ErrSlot is returned by Insert when the note comes back out of the slot.
var ErrSlot = errors.New("the note comes back out")

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	Address  byte        // ccnet.AddressValidator
	Table    ccnet.Table // 1, 5, 10, 20, 50, 100 yuan at the indexes 0, 2, 3, 4, 5, 6
	Country  string      // of the bill table; CHN
	Part     string      // 15 characters; SM-CN1311
	Serial   string      // 12 characters; 000000000001
	Capacity int         // notes in the cassette; 600
	Off      bool        // without power until PowerOn

	ReplyDelay    time.Duration // 5 ms
	BootTime      time.Duration // from power on to the first reply; 500 ms
	InitTime      time.Duration // after RESET; 3 s
	AcceptTime    time.Duration // slot to escrow; 800 ms
	RejectTime    time.Duration // 500 ms
	LeverTime     time.Duration // STACK to past the lever; 600 ms
	StackTime     time.Duration // STACK to 81; 1 s
	ReturnTime    time.Duration // 800 ms
	EscrowTimeout time.Duration // 10 s, restarted by HOLD

	// ReportReturn makes a note that RESET gives back show as 18 and 82;
	// otherwise it goes out during 13, unreported.
	ReportReturn bool
	// Rand feeds the noise fault; without it that fault is refused.
	Rand *rand.Rand
	// NoisePerMille is the chance of a flipped bit per byte under noise; 20.
	NoisePerMille int
	// LostAcks is how many host ACKs the lost-ack fault drops; 1.
	LostAcks int
}

func (c Config) withDefaults() Config {
	setDefault(&c.Address, ccnet.AddressValidator)
	setDefault(&c.Table, ccnet.Table{0: 100, 2: 500, 3: 1000, 4: 2000, 5: 5000, 6: 10000})
	setDefault(&c.Country, "CHN")
	setDefault(&c.Part, "SM-CN1311")
	setDefault(&c.Serial, "000000000001")
	setDefault(&c.Capacity, 600)
	setDefault(&c.ReplyDelay, 5*time.Millisecond)
	setDefault(&c.BootTime, 500*time.Millisecond)
	setDefault(&c.InitTime, 3*time.Second)
	setDefault(&c.AcceptTime, 800*time.Millisecond)
	setDefault(&c.RejectTime, 500*time.Millisecond)
	setDefault(&c.LeverTime, 600*time.Millisecond)
	setDefault(&c.StackTime, time.Second)
	setDefault(&c.ReturnTime, 800*time.Millisecond)
	setDefault(&c.EscrowTimeout, 10*time.Second)
	setDefault(&c.NoisePerMille, 20)
	setDefault(&c.LostAcks, 1)
	c.StackTime = max(c.StackTime, c.LeverTime)
	return c
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Device is the simulated validator. It is not safe for concurrent use. The
// bytes it returns are never written to again.
type Device struct {
	cfg Config
	now time.Time // latest instant heard of

	// The mechanics. end is when the phase ends by itself; zero = never.
	phase     phase
	end       time.Time
	note      note
	hasNote   bool // in the path, not yet past the lever
	inStacker bool // past the lever, 81 not acknowledged
	index     byte // bill index of the note last handled
	reason    byte // of a rejection
	cassette  []int64
	returned  []int64
	faults    faults

	// The electronics.
	dec      ccnet.Decoder
	heardAt  time.Time
	enabled  uint32
	escrow   uint32
	security [3]byte
	reply    []byte
	replyAt  time.Time
	replyTo  byte // state the pending reply reports
	reported byte // state the last reply reported; 0 after a command
	simple   [256][]byte
}

var _ hal.Peer = (*Device)(nil)

// New returns a device in power-up state 10, or without power if cfg.Off.
func New(cfg Config) *Device {
	d := &Device{cfg: cfg.withDefaults(), phase: powerUp}
	if cfg.Off {
		d.phase = off
	}
	d.dec.Address = d.cfg.Address
	for i := range d.simple {
		b, err := ccnet.AppendFrame(make([]byte, 0, ccnet.MinFrame), d.cfg.Address, []byte{byte(i)})
		if err == nil { // one byte always fits
			d.simple[i] = b
		}
	}
	return d
}

// Advance runs the mechanics up to now and returns the reply that is due.
func (d *Device) Advance(now time.Time) (tx []byte) {
	d.step(now)
	if d.reply == nil || now.Before(d.replyAt) {
		return nil
	}
	tx, d.reply = d.reply, nil
	d.reported = d.replyTo
	return d.faults.disturb(tx)
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	if d.reply != nil && (d.end.IsZero() || d.replyAt.Before(d.end)) {
		return d.replyAt
	}
	return d.end
}

// Cassette lists the notes in the cassette in fen, oldest first.
func (d *Device) Cassette() []int64 { return slices.Clone(d.cassette) }

// Returned lists the notes that came out again in fen, oldest first.
func (d *Device) Returned() []int64 { return slices.Clone(d.returned) }

// InPath is the value in fen of the note in the path, before the lever.
func (d *Device) InPath() (fen int64, ok bool) { return d.note.fen, d.hasNote }

// CassetteEmpty is a collection: it takes the notes out and returns them.
func (d *Device) CassetteEmpty() []int64 {
	taken := d.cassette
	d.cassette = nil
	d.unblock(d.now)
	return taken
}

package manifest

import "time"

// Format is the only manifest format that exists.
const Format = 1

// Product is the only product that bundles are for.
const Product = "wattkiosk"

// Bounds of a manifest; Check refuses more.
const (
	ChunkSize     = 4 << 20 // bytes of a full chunk, and the most that one chunk may unpack to
	MaxDictionary = 16 << 20
	MaxPayload    = 2 << 30
	MaxDisk       = 8 << 30
	MaxPeripheral = 16 << 20 // held in memory while it is flashed
	MaxPayloads   = 16
	MaxManifest   = 1 << 20 // bytes of the encoded manifest
)

// Kind says where a payload goes.
type Kind string

// Kinds of payload.
const (
	Boot       Kind = "boot"       // image of the idle boot partition: kernel, device tree, initrd
	Root       Kind = "root"       // image of the idle root partition
	Content    Kind = "content"    // pack of media and notices, put beside the others on the data partition
	Peripheral Kind = "peripheral" // firmware of one model of device
	Disk       Kind = "disk"       // image of the whole disk of a new board; alone in its bundle
)

// Manifest describes one bundle. It is JSON; what is signed are its exact bytes.
type Manifest struct {
	Format  int       `json:"format"`
	Product string    `json:"product"` // "wattkiosk"
	Board   string    `json:"board"`   // name of the board package, e.g. "qemuarm64"; "*" for content only
	Variant string    `json:"variant"` // "screen" or "slim"; "" = either
	Version string    `json:"version"` // for people
	Build   uint64    `json:"build"`   // for comparison
	Floor   uint64    `json:"floor"`   // builds below this are refused once this one was marked good; <= Build
	Created time.Time `json:"created"` // UTC
	Expires time.Time `json:"expires"` // UTC; not installed after that
	Notes   string    `json:"notes,omitempty"`
	Data    Data      `json:"data"`

	Encryption *Encryption `json:"encryption,omitempty"` // nil: the chunks can be read by anybody
	Payloads   []Payload   `json:"payloads"`
}

// Data is which format of the data partition (journal and settings) the software
// in a bundle can use. A board accepts a bundle only if ReadsFrom <= its format <=
// Reads, and Writes <= what the software now running can read; otherwise going
// back would find a journal it cannot open.
type Data struct {
	ReadsFrom int `json:"readsFrom"`
	Reads     int `json:"reads"`
	Writes    int `json:"writes"`
}

// Payload is one thing that a bundle brings. Full has its chunks; Deltas are ways
// to make the same bytes out of what the running slot holds.
type Payload struct {
	Name   string  `json:"name"` // unique in the bundle: [a-z0-9.-]{1,40}
	Kind   Kind    `json:"kind"`
	Target string  `json:"target,omitempty"` // Content: name of the pack, e.g. "media"
	Device *Device `json:"device,omitempty"` // Peripheral: whose firmware it is
	Size   int64   `json:"size"`             // bytes unpacked
	SHA256 Digest  `json:"sha256"`           // of the unpacked bytes
	Chunks []Chunk `json:"chunks,omitempty"` // the full payload; may be empty if there is a delta
	Deltas []Delta `json:"deltas,omitempty"` // Boot and Root only
}

// Device is which device a firmware is for. It goes onto no other model.
type Device struct {
	Class   string `json:"class"`           // kind of device, e.g. "bill"
	Driver  string `json:"driver"`          // who speaks with it, e.g. "ssp"
	Model   string `json:"model"`           // as the device names itself
	Version string `json:"version"`         // as the device reports it once the firmware runs
	Older   bool   `json:"older,omitempty"` // it may replace a newer version
}

// Delta makes the payload from an old image of known size and hash.
type Delta struct {
	FromSize   int64   `json:"fromSize"`
	FromSHA256 Digest  `json:"fromSha256"`
	Chunks     []Chunk `json:"chunks"`
}

// Chunk is one piece of a payload as it is stored in the bundle: a zstd frame,
// which is encrypted if the manifest says so.
type Chunk struct {
	Stored int64  `json:"stored"` // bytes in the bundle
	Size   int64  `json:"size"`   // bytes unpacked, <= ChunkSize
	SHA256 Digest `json:"sha256"` // of the unpacked bytes
	Sealed Digest `json:"sealed"` // of the stored bytes, so that a damaged one is refused before it is unpacked
	// DictAt and DictSize are the range of the old image that the frame takes as its
	// raw dictionary (delta only), at most MaxDictionary bytes.
	DictAt   int64 `json:"dictAt,omitempty"`
	DictSize int64 `json:"dictSize,omitempty"`
	// Like is the place, counted from 1, of an earlier chunk with the same bytes, which
	// lies in the bundle only once: Stored is 0 here (Disk only: its slots are equal and
	// most of it is empty). 0 is none.
	Like int `json:"like,omitempty"`
}

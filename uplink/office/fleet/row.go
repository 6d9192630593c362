package fleet

import "wattkiosk/payments/record"

// Kiosk is one terminal and the end of its journal as head office holds it.
type Kiosk struct {
	ID          string      `json:"id"`          // terminal number, 8 digits
	Incarnation uint8       `json:"incarnation"` // of its journal
	Head        record.Head `json:"head"`        // of its journal in the books; not stored with the kiosk
	Online      bool        `json:"online"`
	SeenAt      int64       `json:"seen_at"`
	ReportedAt  int64       `json:"reported_at"` // when it last spoke for itself, live, as Report has it
	Report      string      `json:"report"`      // last wire.State, JSON, or empty
	EnrolledAt  int64       `json:"enrolled_at"`
	UpdatedAt   int64       `json:"updated_at"`
	PublicKey   string      `json:"-"` // of its certificate, PKIX in DER; empty is not known

	Told    Place   `json:"told"` // by its own settings
	Set     Place   `json:"set"`  // by a person of head office
	SetBy   string  `json:"set_by"`
	SetAt   int64   `json:"set_at"`
	Trouble Trouble `json:"trouble"`
}

// Token lets one kiosk enrol once. Hash is the SHA-256 of the secret, in hex.
type Token struct {
	Hash        string
	Kiosk       string
	ExpiresAt   int64
	UsedAt      int64 // 0 while unused
	KeepJournal bool  // the board keeps its journal: the incarnation stays
	Had         int64 // the incarnation that the kiosk had at least, as a person says; below 0 for none
}

// Presence counts kiosks.
type Presence struct {
	Kiosks int64 `json:"kiosks"`
	Online int64 `json:"online"`
}

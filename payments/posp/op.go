package posp

import (
	"fmt"

	"wattkiosk/payments/posp/iso8583"
)

// Op is an operation between terminal and POSP.
type Op string

// The operations.
const (
	SignIn    Op = "sign-in"  // fetches working keys and the batch
	SignOut   Op = "sign-out" // gives them up
	Echo      Op = "echo"     // is anybody there
	Sale      Op = "sale"
	Balance   Op = "balance"
	Void      Op = "void"       // of a sale of the open batch
	Refund    Op = "refund"     // of a sale of an earlier batch, or a part of it
	Reversal  Op = "reversal"   // of a sale or void whose outcome is not known
	Settle    Op = "settle"     // compares the totals of the batch
	Upload    Op = "upload"     // details of a batch whose totals were not equal
	UploadEnd Op = "upload-end" // no more details

	// Certificate is what the chip gave for one sale of the batch that closes: its TC, and
	// what that was made of.
	Certificate Op = "certificate"
	// Scripts tells what a chip did with the scripts that came with the answer to a sale.
	Scripts Op = "scripts"
)

// traits are the fixed parts of an operation's messages.
type traits struct {
	mti        iso8583.MTI
	processing string // field 3
	kind       uint64 // field 60.1
	network    uint64 // field 60.3
	card       bool   // fields of the card, and a PIN
	money      bool   // an amount, field 4
	original   bool   // field 61
	chip       bool   // field 55 without a card: Request.Chip
	close      bool   // part of closing a batch
}

var table = map[Op]traits{
	SignIn:    {mti: 0x0800},
	SignOut:   {mti: 0x0820, network: 2},
	Echo:      {mti: 0x0820, network: 301},
	Sale:      {mti: 0x0200, processing: "000000", kind: 22, card: true, money: true},
	Balance:   {mti: 0x0200, processing: "310000", kind: 1, card: true},
	Void:      {mti: 0x0200, processing: "200000", kind: 23, card: true, money: true, original: true},
	Refund:    {mti: 0x0220, processing: "200000", kind: 25, card: true, money: true, original: true},
	Reversal:  {mti: 0x0400, money: true, original: true},
	Settle:    {mti: 0x0500, network: 201, close: true},
	Upload:    {mti: 0x0320, network: 201, close: true},
	UploadEnd: {mti: 0x0320, network: 207, close: true},

	Certificate: {mti: 0x0320, network: 203, original: true, chip: true, close: true},
	Scripts:     {mti: 0x0620, processing: "000000", network: 951, original: true, chip: true},
}

// Ops are all operations.
func Ops() []Op {
	return []Op{SignIn, SignOut, Echo, Sale, Balance, Void, Refund, Reversal, Settle, Upload, UploadEnd, Certificate, Scripts}
}

// MovesMoney reports whether the operation takes money or gives it back.
func (o Op) MovesMoney() bool { return table[o].money }

// Reversible reports whether a reversal can undo the operation. A refund cannot be
// reversed: where its outcome is not known, people find it out.
func (o Op) Reversible() bool { return o == Sale || o == Void }

func (o Op) known() error {
	if _, ok := table[o]; !ok {
		return fmt.Errorf("%.20q is no operation", string(o))
	}
	return nil
}

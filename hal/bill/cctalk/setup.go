package cctalk

import (
	"slices"
	"strings"
	"time"

	"wattkiosk/hal/bill"
)

// maxCategory is the longest category that is read.
const maxCategory = 32

// setup is what the device says about itself. Each part is asked for until two
// answers in a row are the same.
type setup struct {
	step      int // 0 = category, 1 to BillTypes = identities, then the scaling of each country
	answer    [maxCategory]byte
	answerLen int
	answerHdr byte
	hasAnswer bool // an answer to this step is in answer

	category   string
	foreign    bool // it is no note validator
	ids        [BillTypes]Identity
	scalings   map[string]Scaling
	table      Table
	markTypes  []int // bill types, less one, that carry the mark; none if too few are not used
	tableKnown bool
}

// setupCommand is the next question.
func (s *setup) setupCommand() byte {
	switch {
	case s.step == 0:
		return CmdCategory
	case s.step <= BillTypes:
		return CmdBillID
	}
	return CmdScaling
}

// question is what it carries.
func (d *Driver) question() []byte {
	switch {
	case d.step == 0:
		return nil
	case d.step <= BillTypes:
		return []byte{byte(d.step)}
	}
	return []byte(d.country())[:2]
}

// country is the one whose scaling is asked for.
func (d *Driver) country() string { return d.cfg.Countries[d.step-BillTypes-1] }

// learn takes an answer, or a refusal, which stands for "there is none".
func (d *Driver) learn(now time.Time, header byte, data []byte) {
	data = data[:min(len(data), maxCategory)]
	same := d.hasAnswer && d.answerHdr == header && slices.Equal(d.answer[:d.answerLen], data)
	if !same || header == ReplyBusy {
		d.hasAnswer, d.answerHdr = header != ReplyBusy, header
		d.answerLen = copy(d.answer[:], data)
		return
	}
	d.hasAnswer = false
	switch {
	case d.step == 0:
		d.category = string(data)
		if header == ReplyOK && !strings.Contains(strings.ToLower(d.category), "bill") {
			d.foreign = true
			d.owner.Emit(bill.Failed, 0, "the device is no bill validator")
		}
	case d.step <= BillTypes:
		d.ids[d.step-1], _ = ParseIdentity(data) // a malformed one is an unused type
	default:
		if s, err := ParseScaling(data); err == nil {
			if d.scalings == nil {
				d.scalings = map[string]Scaling{}
			}
			d.scalings[d.country()] = s
		}
	}
	d.step++
	for d.step > BillTypes && d.step <= BillTypes+len(d.cfg.Countries) && !d.hasCountry(d.country()) {
		d.step++
	}
	if d.step > BillTypes+len(d.cfg.Countries) {
		d.buildTable()
	}
}

func (d *Driver) hasCountry(country string) bool {
	return len(country) == 2 && slices.ContainsFunc(d.ids[:], func(id Identity) bool { return id.Country == country })
}

// buildTable gives each type its value, and the mark the highest types that are not
// used.
func (d *Driver) buildTable() {
	d.tableKnown = true
	var unused []int
	for i, id := range d.ids {
		if id == (Identity{}) {
			unused = append(unused, i)
			continue
		}
		if s, ok := d.scalings[id.Country]; ok && !d.foreign {
			d.table[i] = s.Fen(id.Value)
		}
	}
	if n := len(unused); n >= markBits {
		d.markTypes = unused[n-markBits:]
	}
}

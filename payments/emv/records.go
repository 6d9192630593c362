package emv

import (
	"wattkiosk/payments/emv/tlv"
)

// records are those of the chosen application that are still to be read.
type records struct {
	left []record
}

type record struct{ file, number byte }

// getOptions sends GET PROCESSING OPTIONS with what the application's PDOL asks for.
func (k *Kernel) getOptions(proprietary []byte) Step {
	pdol, err := tlv.Find(proprietary, tagPDOL)
	if err != nil {
		return k.bad(SelectApplication, malformed(err))
	}
	values, err := k.objects.appendDOL(make([]byte, 0, MaxDOL), pdol)
	if err != nil {
		return k.bad(SelectApplication, malformed(err))
	}

	const commandTemplate tlv.Tag = 0x83

	return k.send(GetProcessingOptions, [4]byte{0x80, 0xA8, 0x00, 0x00}, tlv.Append(nil, commandTemplate, values))
}

func (k *Kernel) tookOptions(data []byte, sw int) Step {
	switch {
	case sw == swNotUsable:
		return k.another()
	case sw != swOK:
		return k.badStatus(GetProcessingOptions, sw)
	}

	aip, afl, err := readOptions(data)
	if err != nil {
		return k.bad(GetProcessingOptions, err)
	}
	if k.records.left, err = readAFL(afl); err != nil {
		return k.bad(GetProcessingOptions, err)
	}
	k.objects.set(tagAIP, aip, true)

	return k.nextRecord()
}

// readOptions reads the profile and the file locator in either format.
func readOptions(data []byte) (aip, afl []byte, err error) {
	o, _, err := tlv.Next(data)
	switch {
	case err != nil:
		return nil, nil, malformed(err)
	case o.Tag == tagFormat1 && len(o.Value) >= 2:
		return o.Value[:2], o.Value[2:], nil
	case o.Tag != tagFormat2:
		return nil, nil, ErrMalformed
	}

	aip, err = tlv.Find(o.Value, tagAIP)
	if err == nil {
		afl, err = tlv.Find(o.Value, tagAFL)
	}
	switch {
	case err != nil:
		return nil, nil, malformed(err)
	case len(aip) != 2 || afl == nil:
		return nil, nil, ErrMissing
	}

	return aip, afl, nil
}

// readAFL lists the records that a file locator names: for each file 4 bytes, SFI,
// first and last record, and how many of them offline authentication covers.
func readAFL(afl []byte) (list []record, err error) {
	if len(afl) == 0 || len(afl)%4 != 0 {
		return nil, ErrMalformed
	}
	for ; len(afl) > 0; afl = afl[4:] {
		file, first, last, covered := afl[0]>>3, afl[1], afl[2], afl[3]
		if afl[0]&0x07 != 0 || file < 1 || file > 30 || first < 1 || last < first || covered > last-first+1 {
			return nil, ErrMalformed
		}
		if len(list)+int(last-first)+1 > MaxRecords {
			return nil, ErrBounds
		}
		for n := int(first); n <= int(last); n++ {
			list = append(list, record{file, byte(n)})
		}
	}

	return list, nil
}

func (k *Kernel) nextRecord() Step {
	if len(k.records.left) == 0 {
		return k.haveRecords()
	}
	r := k.records.left[0]

	return k.readRecord(ReadRecord, r.file, r.number)
}

// lastPublic is the last file whose records EMV defines; those of others are read,
// since the locator names them, and not looked at.
const lastPublic = 10

func (k *Kernel) tookRecord(data []byte, sw int) Step {
	if sw != swOK {
		return k.badStatus(ReadRecord, sw)
	}
	if k.records.left[0].file <= lastPublic {
		if err := k.addRecord(data); err != nil {
			return k.bad(ReadRecord, err)
		}
	}
	k.records.left = k.records.left[1:]

	return k.nextRecord()
}

func (k *Kernel) addRecord(data []byte) error {
	template, err := tlv.Only(data, tagRecord)
	if err != nil {
		return malformed(err)
	}
	for o, err := range tlv.All(template) {
		if err != nil {
			return malformed(err)
		}
		if err := k.objects.add(o.Tag, o.Value); err != nil {
			return err
		}
	}

	return nil
}

// haveRecords checks what every card must have and goes on to the risk of the
// payment.
func (k *Kernel) haveRecords() Step {
	for _, tag := range []tlv.Tag{tagExpiry, tagPAN, tagCDOL1, tagCDOL2} {
		if k.objects.get(tag) == nil {
			return k.missing(ReadRecord, tag)
		}
	}
	card, err := k.readCard()
	if err != nil {
		return k.bad(ReadRecord, err)
	}
	k.asked.card = card

	if err := k.restrict(); err != nil {
		return k.bad(ReadRecord, err)
	}

	return k.beginVerify()
}

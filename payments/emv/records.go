package emv

import "wattkiosk/payments/emv/tlv"

// records opens the chosen application, reads it, and finds out whether it may be used.
type records struct {
	k    *Kernel
	left []record // still to be read
}

type record struct{ file, number byte }

// getOptions sends GET PROCESSING OPTIONS with what the application's PDOL asks for.
func (r *records) getOptions(proprietary []byte) Step {
	k := r.k
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

func (r *records) tookOptions(data []byte, sw int) Step {
	k := r.k
	switch {
	case sw == swNotUsable:
		return k.selection.another()
	case sw != swOK:
		return k.badStatus(GetProcessingOptions, sw)
	}

	aip, afl, err := readOptions(data)
	if err != nil {
		return k.bad(GetProcessingOptions, err)
	}
	if r.left, err = readAFL(afl); err != nil {
		return k.bad(GetProcessingOptions, err)
	}
	k.objects.set(tagAIP, aip, true)

	return r.nextRecord()
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
		file, covered := afl[0]>>3, afl[3]
		first, last := afl[1], afl[2]
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

func (r *records) nextRecord() Step {
	if len(r.left) == 0 {
		return r.haveRecords()
	}
	next := r.left[0]

	return r.k.readRecord(ReadRecord, next.file, next.number)
}

// lastPublic is the last file whose records EMV defines; those of others are read,
// since the locator names them, and not looked at.
const lastPublic = 10

func (r *records) tookRecord(data []byte, sw int) Step {
	k := r.k
	if sw != swOK {
		return k.badStatus(ReadRecord, sw)
	}
	if r.left[0].file <= lastPublic {
		if err := r.addRecord(data); err != nil {
			return k.bad(ReadRecord, err)
		}
	}
	r.left = r.left[1:]

	return r.nextRecord()
}

func (r *records) addRecord(data []byte) error {
	template, err := tlv.Only(data, tagRecord)
	if err != nil {
		return malformed(err)
	}
	for o, err := range tlv.All(template) {
		if err != nil {
			return malformed(err)
		}
		if err := r.k.objects.add(o.Tag, o.Value); err != nil {
			return err
		}
	}

	return nil
}

// haveRecords checks what every card must have and goes on to the risk of the
// payment.
func (r *records) haveRecords() Step {
	k := r.k
	for _, tag := range []tlv.Tag{tagExpiry, tagPAN, tagCDOL1, tagCDOL2} {
		if k.objects.get(tag) == nil {
			return k.missing(ReadRecord, tag)
		}
	}
	card, err := r.readCard()
	if err != nil {
		return k.bad(ReadRecord, err)
	}
	k.asked.card = card

	if err := r.restrict(); err != nil {
		return k.bad(ReadRecord, err)
	}

	return k.verify.beginVerify()
}

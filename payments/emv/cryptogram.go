package emv

import (
	"bytes"
	"fmt"

	"wattkiosk/payments/emv/tlv"
)

// asked is what was asked of card and bank, and what they said.
type asked struct {
	card    Card
	first   bool    // the first GENERATE AC was sent
	decline bool    // it asked for an AAC
	bank    bool    // GoOnline was handed out
	gone    bool    // the card went while the bank was asked
	verdict Verdict // of the bank
	second  bool    // the second GENERATE AC was answered
	outcome Outcome // then
}

func (a asked) approved() bool { return a.verdict == BankApproved }

// Kinds of cryptogram: P1 of GENERATE AC, and the high bits of 9F27.
const (
	kindAAC  = 0x00
	kindTC   = 0x40
	kindARQC = 0x80
	kindMask = 0xC0
)

// denied reports whether a denial code of the card or of the terminal is met
// (Book 3, 10.7). Every other payment goes to the bank, so that the online and default
// codes decide nothing.
func (k *Kernel) denied() bool {
	deny := k.objects.get(tagIACDenial)
	row := k.terminal.application(k.objects.get(tagName))
	for i, found := range k.tvr {
		if found&row.Denial[i] != 0 || len(deny) == len(k.tvr) && found&deny[i] != 0 {
			return true
		}
	}

	return false
}

// firstGenerateAC asks for an ARQC, or for an AAC where the payment is declined.
func (k *Kernel) firstGenerateAC() Step {
	k.asked.decline = k.denied()
	kind := byte(kindARQC)
	if k.asked.decline {
		kind = kindAAC
	}
	step := k.generateAC(FirstGenerateAC, kind, tagCDOL1)
	_, k.asked.first = step.(Send)

	return step
}

func (k *Kernel) generateAC(c Command, kind byte, list tlv.Tag) Step {
	k.note()
	values, err := k.objects.appendDOL(make([]byte, 0, MaxDOL), k.objects.get(list))
	defer clear(values) // a card may ask for its own number
	if err != nil {
		return k.bad(c, malformed(err))
	}

	return k.send(c, [4]byte{0x80, 0xAE, kind, 0x00}, values)
}

// cryptogram is an answer to GENERATE AC.
type cryptogram struct {
	info, atc, code, issuer []byte // 9F27, 9F36, 9F26, 9F10
}

const maxIssuerData = 32

// readCryptogram reads an answer to GENERATE AC in either format (Book 3, 6.5.5.4).
func readCryptogram(data []byte) (c cryptogram, err error) {
	o, _, err := tlv.Next(data)
	switch {
	case err != nil:
		return cryptogram{}, malformed(err)
	case o.Tag == tagFormat1 && len(o.Value) >= 11:
		v := o.Value
		c = cryptogram{info: v[:1], atc: v[1:3], code: v[3:11], issuer: v[11:]}
	case o.Tag == tagFormat2:
		if c, err = namedCryptogram(o.Value); err != nil {
			return cryptogram{}, err
		}
	default:
		return cryptogram{}, ErrMalformed
	}

	if len(c.info) != 1 || len(c.atc) != 2 || len(c.code) != 8 || len(c.issuer) > maxIssuerData {
		return cryptogram{}, ErrMalformed
	}

	return c, nil
}

func namedCryptogram(data []byte) (c cryptogram, err error) {
	for o, err := range tlv.All(data) {
		if err != nil {
			return cryptogram{}, malformed(err)
		}
		place := map[tlv.Tag]*[]byte{
			tagCryptogramInfo: &c.info, tagATC: &c.atc, tagCryptogram: &c.code, tagIssuerData: &c.issuer,
		}[o.Tag]
		switch {
		case place == nil:
		case *place != nil:
			return cryptogram{}, malformed(fmt.Errorf("%v: %w", o.Tag, errTwice))
		default:
			*place = o.Value
		}
	}

	return c, nil
}

// keep puts the cryptogram among the objects.
func (k *Kernel) keep(c cryptogram) {
	k.objects.set(tagCryptogramInfo, c.info, true)
	k.objects.set(tagATC, c.atc, true)
	k.objects.set(tagCryptogram, c.code, true)
	k.objects.set(tagIssuerData, c.issuer, true)
}

func (k *Kernel) tookFirst(data []byte, sw int) Step {
	if sw != swOK {
		return k.badStatus(FirstGenerateAC, sw)
	}
	c, err := readCryptogram(data)
	if err != nil {
		return k.bad(FirstGenerateAC, err)
	}
	k.keep(c)

	switch kind := c.info[0] & kindMask; {
	case kind == kindAAC && k.asked.decline && k.tvr[1]&(tvrExpired|tvrNotYet) != 0:
		return k.end(Expired, ErrRestricted)
	case kind == kindAAC && k.asked.decline:
		return k.end(DeclinedOffline, ErrRestricted)
	case kind == kindAAC:
		return k.end(DeclinedOffline, ErrCardDeclined)
	case kind == kindTC:
		return k.end(DeclinedOffline, ErrNotAsked)
	case kind != kindARQC || k.asked.decline:
		return k.bad(FirstGenerateAC, fmt.Errorf("%v: %w", tagCryptogramInfo, ErrMalformed))
	}

	return k.goOnline()
}

func (k *Kernel) goOnline() Step {
	k.asked.bank = true

	return GoOnline{Card: k.asked.card, Field55: k.Field55(Field55Sale()), PIN: k.verify.entered}
}

// secondGenerateAC asks for a TC when the bank approved, else for an AAC.
func (k *Kernel) secondGenerateAC() Step {
	kind := byte(kindAAC)
	if k.asked.approved() {
		kind = kindTC
	}

	return k.generateAC(SecondGenerateAC, kind, tagCDOL2)
}

func (k *Kernel) tookSecond(data []byte, sw int) Step {
	if sw != swOK {
		return k.badStatus(SecondGenerateAC, sw)
	}
	c, err := readCryptogram(data)
	if err != nil {
		return k.bad(SecondGenerateAC, err)
	}
	if !bytes.Equal(c.atc, k.objects.get(tagATC)) {
		return k.bad(SecondGenerateAC, fmt.Errorf("%v: %w", tagATC, ErrMalformed))
	}

	ending, why := Approved, error(nil)
	switch kind := c.info[0] & kindMask; {
	case kind == kindTC && k.asked.approved():
	case kind == kindAAC:
		ending, why = CardDeclined, ErrCardDeclined
	default:
		return k.bad(SecondGenerateAC, fmt.Errorf("%v: %w", tagCryptogramInfo, ErrMalformed))
	}
	k.keep(c)
	k.asked.second, k.asked.outcome = true, k.outcome(ending, why)

	return k.beginScripts(ScriptAfter)
}

// end ends with what the card did; what the bank said goes first.
func (k *Kernel) end(e Ending, why error) Step {
	if k.asked.second {
		return k.ended()
	}
	k.note()
	k.finishScripts()

	return End{k.outcome(e, why)}
}

// ended ends with the outcome that the second GENERATE AC fixed.
func (k *Kernel) ended() Step {
	k.note()
	k.finishScripts()

	return End{k.asked.outcome}
}

func (k *Kernel) outcome(e Ending, why error) Outcome {
	a := k.asked
	o := Outcome{Ending: e, Err: why, Scripts: k.issuer.any}
	switch {
	case !a.bank:
		o.ChipFailed = !a.first && (e == BadCard || e == NotEMV)
	case a.verdict == BankRefused:
		o.Ending, o.Err = Refused, nil
	case a.verdict == BankUnreached:
		o.Ending = Unreached
	default:
		o.Reverse = e != Approved
	}

	return o
}

package emv

import (
	"bytes"
	"fmt"

	"wattkiosk/payments/emv/tlv"
)

// asked asks the card for its cryptograms and hands the payment to the bank; it keeps
// what they said.
type asked struct {
	k       *Kernel
	card    Card
	first   bool    // the first GENERATE AC was sent
	decline bool    // it asked for an AAC
	bank    bool    // GoOnline was handed out
	gone    bool    // the card went while the bank was asked
	verdict Verdict // of the bank
	second  bool    // the second GENERATE AC was answered
	fixed   Outcome // then
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
func (a *asked) denied() bool {
	k := a.k
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
func (a *asked) firstGenerateAC() Step {
	a.decline = a.denied()
	kind := byte(kindARQC)
	if a.decline {
		kind = kindAAC
	}
	step := a.generateAC(FirstGenerateAC, kind, tagCDOL1)
	_, a.first = step.(Send)

	return step
}

func (a *asked) generateAC(c Command, kind byte, list tlv.Tag) Step {
	k := a.k
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
func (a *asked) keep(c cryptogram) {
	k := a.k
	k.objects.set(tagCryptogramInfo, c.info, true)
	k.objects.set(tagATC, c.atc, true)
	k.objects.set(tagCryptogram, c.code, true)
	k.objects.set(tagIssuerData, c.issuer, true)
}

func (a *asked) tookFirst(data []byte, sw int) Step {
	k := a.k
	if sw != swOK {
		return k.badStatus(FirstGenerateAC, sw)
	}
	c, err := readCryptogram(data)
	if err != nil {
		return k.bad(FirstGenerateAC, err)
	}
	a.keep(c)

	switch kind := c.info[0] & kindMask; {
	case kind == kindAAC && a.decline && k.tvr[1]&(tvrExpired|tvrNotYet) != 0:
		return k.end(Expired, ErrRestricted)
	case kind == kindAAC && a.decline:
		return k.end(DeclinedOffline, ErrRestricted)
	case kind == kindAAC:
		return k.end(DeclinedOffline, ErrCardDeclined)
	case kind == kindTC:
		return k.end(DeclinedOffline, ErrNotAsked)
	case kind != kindARQC || a.decline:
		return k.bad(FirstGenerateAC, fmt.Errorf("%v: %w", tagCryptogramInfo, ErrMalformed))
	}

	return a.goOnline()
}

func (a *asked) goOnline() Step {
	k := a.k
	a.bank = true

	return GoOnline{Card: a.card, Field55: k.Field55(Field55Sale()), PIN: k.verify.entered}
}

// secondGenerateAC asks for a TC when the bank approved, else for an AAC.
func (a *asked) secondGenerateAC() Step {
	kind := byte(kindAAC)
	if a.approved() {
		kind = kindTC
	}

	return a.generateAC(SecondGenerateAC, kind, tagCDOL2)
}

func (a *asked) tookSecond(data []byte, sw int) Step {
	k := a.k
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
	case kind == kindTC && a.approved():
	case kind == kindAAC:
		ending, why = CardDeclined, ErrCardDeclined
	default:
		return k.bad(SecondGenerateAC, fmt.Errorf("%v: %w", tagCryptogramInfo, ErrMalformed))
	}
	a.keep(c)
	a.second, a.fixed = true, a.outcome(ending, why)

	return k.issuer.beginScripts(ScriptAfter)
}

// end ends with what the card did; what the bank said goes first.
func (k *Kernel) end(e Ending, why error) Step {
	if k.asked.second {
		return k.asked.ended()
	}
	k.note()
	k.issuer.finishScripts()

	return End{k.asked.outcome(e, why)}
}

// ended ends with the outcome that the second GENERATE AC fixed.
func (a *asked) ended() Step {
	k := a.k
	k.note()
	k.issuer.finishScripts()

	return End{a.fixed}
}

func (a *asked) outcome(e Ending, why error) Outcome {
	o := Outcome{Ending: e, Err: why, Scripts: a.k.issuer.any}
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

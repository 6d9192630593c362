package emv

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments/emv/tlv"
)

// Limits of what a bank sends for the card.
const (
	// MaxBankData is the longest field 55 of an answer in bytes.
	MaxBankData = 512
	// MaxScripts is how many scripts are carried out.
	MaxScripts = 8
	// MaxScriptCommands is how many commands they have together.
	MaxScriptCommands = 32
	maxScriptCommand  = 255
	minAuthData       = 8 // of 91
	maxAuthData       = 16
)

// Bits of AIP, TVR and TSI.
const (
	aipIssuerAuth   = 0x04 // byte 1: by EXTERNAL AUTHENTICATE
	tvrIssuerAuth   = 0x40 // byte 5: failed
	tvrScriptBefore = 0x20 // failed before the second GENERATE AC
	tvrScriptAfter  = 0x10
	tsiIssuerAuth   = 0x10 // byte 1
	tsiScript       = 0x04
)

var errBankData = errors.New("the bank's data for the card are malformed")

// issuer carries out what the bank sent for the card.
type issuer struct {
	k       *Kernel
	answer  []byte   // a copy of field 55
	auth    []byte   // 91
	scripts []script // those of before the second GENERATE AC first
	any     bool
	results []byte // DF31, five bytes for each script

	phase   Command // ScriptBefore or ScriptAfter
	current int     // place of the script that is carried out
	done    int     // commands of it that were answered
}

// script is a template 71 or 72.
type script struct {
	phase    Command
	id       [4]byte
	commands [][]byte
}

func (i *issuer) wipe() {
	clear(i.answer)
	clear(i.results)
	*i = issuer{k: i.k, any: i.any}
}

// read reads field 55 of the bank's answer. An error leaves what was read before it:
// the card judges by what it gets.
func (i *issuer) read(field55 []byte) error {
	if len(field55) > MaxBankData {
		return errBankData
	}
	i.answer = bytes.Clone(field55)
	commands := 0
	for o, err := range tlv.All(i.answer) {
		if err != nil {
			return fmt.Errorf("%w: %w", errBankData, err)
		}
		switch o.Tag {
		case tagIssuerAuth:
			if len(o.Value) < minAuthData || len(o.Value) > maxAuthData || i.auth != nil {
				return errBankData
			}
			i.auth = o.Value
		case tagScriptBefore, tagScriptAfter:
			s, err := readScript(o)
			commands += len(s.commands)
			if err != nil || len(i.scripts) >= MaxScripts || commands > MaxScriptCommands {
				return errBankData
			}
			i.scripts = append(i.scripts, s)
		}
	}
	slices.SortStableFunc(i.scripts, func(a, b script) int { return cmp.Compare(a.phase, b.phase) })

	return nil
}

func readScript(o tlv.Object) (s script, err error) {
	s.phase = ScriptBefore
	if o.Tag == tagScriptAfter {
		s.phase = ScriptAfter
	}
	for part, err := range tlv.All(o.Value) {
		if err != nil {
			return script{}, err
		}
		switch part.Tag {
		case tagScriptID:
			if len(part.Value) != len(s.id) {
				return script{}, errBankData
			}
			s.id = [4]byte(part.Value)
		case tagScriptCommand:
			if len(part.Value) < 4 || len(part.Value) > maxScriptCommand {
				return script{}, errBankData
			}
			s.commands = append(s.commands, part.Value)
		}
	}

	return s, nil
}

// unreachedCode is the code for a bank that could not be asked (8A): declined.
var unreachedCode = [2]byte{'Z', '3'}

// tookBank carries on after the bank: issuer authentication, scripts 71, the second
// GENERATE AC.
func (i *issuer) tookBank(a BankAnswer) Step {
	k := i.k
	k.asked.verdict = a.Verdict
	code := a.Code
	if a.Verdict != BankApproved && a.Verdict != BankRefused {
		k.asked.verdict, code = BankUnreached, unreachedCode
	} else if err := i.read(a.Field55); err != nil {
		k.tvr[4] |= tvrIssuerAuth
	}
	k.objects.set(tagBankCode, code[:], true)
	i.any = len(i.scripts) > 0
	if k.asked.gone {
		return k.end(Pulled, ErrPulled)
	}

	auth := i.auth
	if auth == nil {
		return i.beginScripts(ScriptBefore)
	}
	k.objects.set(tagIssuerAuth, auth, true)
	if k.objects.get(tagAIP)[0]&aipIssuerAuth == 0 {
		return i.beginScripts(ScriptBefore)
	}
	k.tsi[0] |= tsiIssuerAuth
	b := append(k.apdu[:0], 0x00, 0x82, 0x00, 0x00, byte(len(auth)))

	return k.transmit(ExternalAuthenticate, append(b, auth...))
}

func (i *issuer) tookAuthentication(sw int) Step {
	if sw != swOK {
		i.k.tvr[4] |= tvrIssuerAuth
	}

	return i.beginScripts(ScriptBefore)
}

// beginScripts carries out the scripts of one phase.
func (i *issuer) beginScripts(phase Command) Step {
	i.phase = phase
	i.current, i.done = -1, 0

	return i.nextScript()
}

// nextScript begins the next script of the phase; after the last one comes what
// follows the phase.
func (i *issuer) nextScript() Step {
	k := i.k
	for i.current++; i.current < len(i.scripts); i.current++ {
		s := i.scripts[i.current]
		if s.phase != i.phase {
			continue
		}
		k.tsi[0] |= tsiScript
		i.done = 0
		if len(s.commands) > 0 {
			return i.nextCommand()
		}
		i.result(s, scriptDone, 0)
	}
	if i.phase == ScriptAfter {
		return k.asked.ended()
	}

	return k.asked.secondGenerateAC()
}

func (i *issuer) nextCommand() Step {
	k := i.k

	return k.transmit(i.phase, append(k.apdu[:0], i.scripts[i.current].commands[i.done]...))
}

// Results of a script: the high half of the first byte; the low half is the number
// of the command that failed (Book 4, annex A5).
const (
	scriptNotDone = 0x00
	scriptFailed  = 0x10
	scriptDone    = 0x20
	resultSize    = 5
)

func (i *issuer) result(s script, how byte, command int) {
	i.results = append(i.results, how|byte(min(command, 0x0F)))
	i.results = append(i.results, s.id[:]...)
}

// tookScript takes the status word of a command: 90, 62 and 63 are success.
func (i *issuer) tookScript(sw int) Step {
	s := i.scripts[i.current]
	i.done++
	switch high := sw >> 8; {
	case high != 0x90 && high != 0x62 && high != 0x63:
		i.scriptFailed(i.done)
		return i.nextScript()
	case i.done < len(s.commands):
		return i.nextCommand()
	}
	i.result(s, scriptDone, 0)

	return i.nextScript()
}

func (i *issuer) scriptFailed(command int) {
	k := i.k
	i.result(i.scripts[i.current], scriptFailed, command)
	if i.phase == ScriptAfter {
		k.tvr[4] |= tvrScriptAfter
	} else {
		k.tvr[4] |= tvrScriptBefore
	}
}

// finishScripts notes the results. A script in whose middle the card went has failed;
// one that did not come to its turn was not done.
func (i *issuer) finishScripts() {
	k := i.k
	if !i.any {
		return
	}
	reported := func() int { return len(i.results) / resultSize }
	if (i.phase == ScriptBefore || i.phase == ScriptAfter) && i.current < len(i.scripts) && i.current == reported() {
		i.scriptFailed(i.done + 1)
	}
	for reported() < len(i.scripts) {
		i.result(i.scripts[reported()], scriptNotDone, 0)
	}
	k.objects.set(tagScriptResults, i.results, true)
	k.note()
}

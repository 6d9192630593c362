package voice

import (
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
)

// Names of the prompts, which are the names of their recordings.
const (
	InsertNotes    = "insert-notes"
	NoteReturned   = "note-returned"
	StillThere     = "still-there"
	OneMoment      = "one-moment"
	TakeSlip       = "take-slip"
	PostingFollows = "posting-follows"
	Sorry          = "sorry"
	SlipFailed     = "slip-failed"
	NotPossible    = "not-possible"
	TakeCard       = "take-card"
	InsertCard     = "insert-card"
	EnterPIN       = "enter-pin"
)

// forgotten is the step of a card that nobody takes.
const forgotten = "card-forgotten"

// hush ends what is being said: another customer begins.
const hush = "hush"

// Prompt is one recording.
type Prompt struct{ Name, Chinese, English string }

// Script lists the prompts with the words to record.
func Script() []Prompt {
	return []Prompt{
		{InsertNotes, "请逐张投入纸币，本机不找零。", "Please insert your notes one at a time. No change is given."},
		{NoteReturned, "纸币已退回，请取走后重试或换一张。", "The note was returned. Please try again, or use another one."},
		{StillThere, "您还在操作吗？请触摸屏幕继续。", "Are you still there? Please touch the screen to go on."},
		{OneMoment, "正在处理，请不要离开。", "One moment please, and do not leave."},
		{TakeSlip, "缴费成功，请取走凭证。", "Payment complete. Please take your slip."},
		{PostingFollows, "款已收妥，稍后自动入账。凭证打印后请取走并保留。", "We have your money, and your account is updated soon. Please take your slip once it is printed, and keep it."},
		{Sorry, "很抱歉，本次缴费还需要处理。请看屏幕提示，并保留凭证或流水号。", "We are sorry: this payment needs to be looked at. Please see the screen, and keep the slip or the receipt number."},
		{SlipFailed, "很抱歉，凭证未能打印，请记下屏幕上的流水号。", "We are sorry: the slip was not printed. Please note the receipt number on the screen."},
		{NotPossible, "很抱歉，暂时无法办理，请看屏幕提示。", "We are sorry, this is not possible now. Please see the screen."},
		{TakeCard, "请取走您的卡。", "Please take your card."},
		{InsertCard, "请插入银行卡，芯片一端朝前。", "Please insert your bank card, the chip end first."},
		{EnterPIN, "请在密码键盘上输入密码，按确认键，并用手遮挡。", "Please enter your PIN on the pad, end with the green key, and cover your hand."},
	}
}

// cue is the prompt that is due when the screen changes from was to is; empty for
// none. The most urgent reason comes first:
//
//	on the screen       what changed               prompt
//	any in a visit      the question is asked      still-there
//	any in a visit      a message appeared         not-possible
//	insert-cash         the screen itself          insert-notes
//	insert-cash         a note came back           note-returned
//	insert-card         the gate has opened        insert-card
//	enter-pin           the screen itself          enter-pin
//	take-card           nobody takes it            take-card
//	processing          the screen itself          one-moment
//	done, failed        the slip was not printed   slip-failed
//	failed, no money    the screen itself          not-possible
//	failed              the screen itself          sorry
//	done, pending       the screen itself          posting-follows
//	done, paid          the slip is printed        take-slip
//	first of a visit    the screen itself          hush
func cue(was, is page.View) string {
	entered := was.Screen != is.Screen
	fresh := func(field string) string { // the value that a field has newly got
		v := text(is, field)
		if !entered && text(was, field) == v {
			return ""
		}
		return v
	}
	switch {
	case fresh("asking") != "":
		return StillThere
	case fresh("notice") != "":
		return NotPossible
	}
	switch is.Screen {
	case page.InsertCash:
		return either(entered, InsertNotes, fresh("refused") != "", NoteReturned)
	case page.InsertCard:
		opened := is.Field("taking_card") == true && (entered || was.Field("taking_card") != true)
		return either(opened, InsertCard, false, "")
	case page.EnterPIN:
		return either(entered, EnterPIN, false, "")
	case page.TakeCard:
		return either(fresh("step") == forgotten, TakeCard, false, "")
	case page.Processing:
		return either(entered, OneMoment, false, "")
	case page.Failed:
		if entered && text(is, "result") == "cancelled" {
			return NotPossible
		}
		return either(fresh("slip") == string(paybill.SlipFailed), SlipFailed, entered, Sorry)
	case page.Done:
		if p := either(fresh("slip") == string(paybill.SlipFailed), SlipFailed, entered && text(is, "result") == "pending", PostingFollows); p != "" {
			return p
		}
		return either(fresh("slip") == string(paybill.SlipPrinted) && text(is, "result") == "paid", TakeSlip, false, "")
	case page.ChooseService:
		return either(was.Screen == page.Idle, hush, false, "")
	}
	return ""
}

// either is a when the first condition holds, else b when the second does.
func either(first bool, a string, second bool, b string) string {
	switch {
	case first:
		return a
	case second:
		return b
	}
	return ""
}

// text is a field of the screen as text; a field that is no text is empty.
func text(v page.View, field string) string {
	s, _ := v.Field(field).(string)
	return s
}

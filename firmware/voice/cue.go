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

	InsertMeterCard = "insert-meter-card"
	PutCardBack     = "put-card-back"
	WrongCard       = "wrong-card"
	LeaveCardIn     = "leave-card-in"
	TakeMeterCard   = "take-meter-card"
	Bought          = "bought"
	SaleFollows     = "sale-follows"
	NotOnCard       = "not-on-card"
)

// forgotten is the step of a card that nobody takes, and takes that of a meter card that
// comes out.
const (
	forgotten = "card-forgotten"
	takes     = "take-card"
)

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
		{InsertMeterCard, "请插入电卡，芯片一端朝前，芯片朝上。", "Please insert your meter card, the chip end first and the chip up."},
		{LeaveCardIn, "正在写卡，请勿拔卡。", "Your card is being written. Please leave it in."},
		{PutCardBack, "请放回同一张电卡，款项不会丢失。", "Please put the same card back. Nothing is lost."},
		{WrongCard, "这不是购电的卡，请取走。", "This is not the card that bought the power. Please take it."},
		{TakeMeterCard, "请取走您的电卡。", "Please take your meter card."},
		{Bought, "电已写入电卡，请取走凭证，并把卡插入电表。", "Your power is on the card. Please take your slip, and put the card into your meter."},
		{SaleFollows, "款已收妥，稍后售电。请保留凭证，售电后在任一购电终端插卡即可写卡。", "We have your money, and the sale follows. Please keep the slip: any terminal then writes the power onto your card."},
		{NotOnCard, "已售电，还没有写到卡上。请看屏幕提示，并保留凭证或流水号。", "The power is bought and not on your card yet. Please see the screen, and keep the slip or the receipt number."},
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
//	take-card           nobody takes it            take-card, or take-meter-card
//	take-card           it is another card         wrong-card
//	insert-meter-card   the gate has opened        insert-meter-card
//	write-card          the card is asked for      put-card-back
//	write-card          the screen itself          leave-card-in
//	processing          the screen itself          one-moment
//	done, failed        the slip was not printed   slip-failed
//	failed, no money    the screen itself          not-possible
//	failed, sold        the screen itself          not-on-card
//	failed              the screen itself          sorry
//	done, pending       the screen itself          posting-follows, or sale-follows
//	done, paid          the slip is printed        take-slip, or bought
//	done, rewritten     the slip is printed        bought
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
		return either(opens(was, is), InsertCard, false, "")
	case page.InsertMeterCard:
		return either(opens(was, is), InsertMeterCard, false, "")
	case page.WriteCard:
		return either(is.Field("put_back") == true && opens(was, is), PutCardBack, entered && is.Field("put_back") != true, LeaveCardIn)
	case page.EnterPIN:
		return either(entered, EnterPIN, false, "")
	case page.TakeCard:
		return comesOut(is, fresh("step"))
	case page.Processing:
		return either(entered, OneMoment, false, "")
	case page.Failed:
		if entered && text(is, "result") == "cancelled" {
			return NotPossible
		}
		why := Sorry
		if text(is, "result") == "unwritten" {
			why = NotOnCard
		}
		return either(fresh("slip") == string(paybill.SlipFailed), SlipFailed, entered, why)
	case page.Done:
		follows, paid := PostingFollows, TakeSlip
		if text(is, "for") != "" {
			follows, paid = SaleFollows, Bought
		}
		if p := either(fresh("slip") == string(paybill.SlipFailed), SlipFailed, entered && text(is, "result") == "pending", follows); p != "" {
			return p
		}
		done := text(is, "result") == "paid" || text(is, "result") == "rewritten"
		return either(fresh("slip") == string(paybill.SlipPrinted) && done, paid, false, "")
	case page.ChooseService:
		return either(was.Screen == page.Idle, hush, false, "")
	}
	return ""
}

// opens reports whether the gate of a reader has opened.
func opens(was, is page.View) bool {
	return is.Field("taking_card") == true && (was.Screen != is.Screen || was.Field("taking_card") != true)
}

// comesOut is the prompt for a card that is to be taken, when its step is new.
func comesOut(is page.View, step string) string {
	meter := text(is, "comes") == "meter-card"
	switch {
	case step == forgotten && meter:
		return TakeMeterCard
	case step == forgotten:
		return TakeCard
	case step == takes && meter && is.Field("warns") == true && text(is, "outcome_text") == "":
		return WrongCard
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

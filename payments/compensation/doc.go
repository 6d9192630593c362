// Package compensation is the decision table for money that is in the machine
// while the posting did not simply succeed: money × posting → what is owed, what
// the machine does, who acts. Every cell is written out; nothing is decided by
// falling through.
//
//	money \ posting  none      pending          posted    refused      unknown
//	none             nothing   nothing          case      nothing      case
//	stacked          post      wait, ask        success   owe: case    case
//	unresolved       case      wait, ask, case  case      owe: case    case
package compensation

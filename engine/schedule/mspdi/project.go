// Package mspdi reads and writes the XML of Microsoft Project (MSPDI): the
// elements a scheduler needs, as they stand in the file. Field meanings:
// Microsoft, "Project XML Data Interchange Schema Reference".
package mspdi

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// MaxBytes is the largest file read.
const MaxBytes = 256 << 20

// Project is a project file.
type Project struct {
	XMLName            xml.Name     `xml:"Project"`
	Xmlns              string       `xml:"xmlns,attr,omitempty"`
	SaveVersion        int          `xml:"SaveVersion,omitempty"`
	Name               string       `xml:"Name,omitempty"`
	Title              string       `xml:"Title,omitempty"`
	ScheduleFromStart  string       `xml:"ScheduleFromStart,omitempty"`
	StartDate          string       `xml:"StartDate,omitempty"`
	FinishDate         string       `xml:"FinishDate,omitempty"`
	CriticalSlackLimit string       `xml:"CriticalSlackLimit,omitempty"` // days
	CalendarUID        string       `xml:"CalendarUID,omitempty"`
	MinutesPerDay      string       `xml:"MinutesPerDay,omitempty"`
	MinutesPerWeek     string       `xml:"MinutesPerWeek,omitempty"`
	DaysPerMonth       string       `xml:"DaysPerMonth,omitempty"`
	HonorConstraints   string       `xml:"HonorConstraints,omitempty"`
	MultipleCritical   string       `xml:"MultipleCriticalPaths,omitempty"`
	StatusDate         string       `xml:"StatusDate,omitempty"`
	Calendars          []Calendar   `xml:"Calendars>Calendar"`
	Tasks              []Task       `xml:"Tasks>Task"`
	Resources          []Resource   `xml:"Resources>Resource"`
	Assignments        []Assignment `xml:"Assignments>Assignment"`
}

// Calendar is a base calendar or a resource's own.
type Calendar struct {
	UID             string      `xml:"UID"`
	Name            string      `xml:"Name,omitempty"`
	IsBaseCalendar  string      `xml:"IsBaseCalendar,omitempty"`
	BaseCalendarUID string      `xml:"BaseCalendarUID,omitempty"`
	WeekDays        []WeekDay   `xml:"WeekDays>WeekDay"`
	Exceptions      []Exception `xml:"Exceptions>Exception"`
	WorkWeeks       []WorkWeek  `xml:"WorkWeeks>WorkWeek"`
}

// WeekDay is a day of the week, 1 for Sunday, or 0 for an exception in files
// of Project 2003.
type WeekDay struct {
	DayType      string        `xml:"DayType"`
	DayWorking   string        `xml:"DayWorking"`
	Period       *Period       `xml:"TimePeriod,omitempty"`
	WorkingTimes []WorkingTime `xml:"WorkingTimes>WorkingTime"`
}

// Period is a stretch of dates, both included.
type Period struct {
	From string `xml:"FromDate"`
	To   string `xml:"ToDate"`
}

// WorkingTime is worked time of a day, such as 08:00:00 to 12:00:00.
type WorkingTime struct {
	From string `xml:"FromTime"`
	To   string `xml:"ToTime"`
}

// Exception is a day or a recurring day that differs.
type Exception struct {
	Name          string        `xml:"Name,omitempty"`
	Period        *Period       `xml:"TimePeriod"`
	Occurrences   string        `xml:"Occurrences,omitempty"`
	Type          string        `xml:"Type,omitempty"`
	Every         string        `xml:"Period,omitempty"`
	DaysOfWeek    string        `xml:"DaysOfWeek,omitempty"`
	MonthItem     string        `xml:"MonthItem,omitempty"`
	MonthPosition string        `xml:"MonthPosition,omitempty"`
	Month         string        `xml:"Month,omitempty"`
	MonthDay      string        `xml:"MonthDay,omitempty"`
	DayWorking    string        `xml:"DayWorking,omitempty"`
	WorkingTimes  []WorkingTime `xml:"WorkingTimes>WorkingTime"`
}

// WorkWeek is a stretch of dates with a week of its own.
type WorkWeek struct {
	Name     string    `xml:"Name,omitempty"`
	Period   *Period   `xml:"TimePeriod"`
	WeekDays []WeekDay `xml:"WeekDays>WeekDay"`
}

// Task is a task or summary. Durations are like PT8H0M0S, slack is in tenths
// of a minute.
type Task struct {
	UID                    string `xml:"UID"`
	ID                     string `xml:"ID,omitempty"`
	Name                   string `xml:"Name,omitempty"`
	Active                 string `xml:"Active,omitempty"`
	Manual                 string `xml:"Manual,omitempty"`
	Type                   string `xml:"Type,omitempty"` // 0 fixed units, 1 fixed duration, 2 fixed work
	IsNull                 string `xml:"IsNull,omitempty"`
	OutlineLevel           string `xml:"OutlineLevel,omitempty"`
	Priority               string `xml:"Priority,omitempty"`
	Start                  string `xml:"Start,omitempty"`
	Finish                 string `xml:"Finish,omitempty"`
	Duration               string `xml:"Duration,omitempty"`
	DurationFormat         string `xml:"DurationFormat,omitempty"`
	Stop                   string `xml:"Stop,omitempty"`
	Resume                 string `xml:"Resume,omitempty"`
	Milestone              string `xml:"Milestone,omitempty"`
	Summary                string `xml:"Summary,omitempty"`
	Critical               string `xml:"Critical,omitempty"`
	IsSubproject           string `xml:"IsSubproject,omitempty"`
	ExternalTask           string `xml:"ExternalTask,omitempty"`
	EarlyStart             string `xml:"EarlyStart,omitempty"`
	EarlyFinish            string `xml:"EarlyFinish,omitempty"`
	LateStart              string `xml:"LateStart,omitempty"`
	LateFinish             string `xml:"LateFinish,omitempty"`
	FreeSlack              string `xml:"FreeSlack,omitempty"`
	StartSlack             string `xml:"StartSlack,omitempty"`
	FinishSlack            string `xml:"FinishSlack,omitempty"`
	TotalSlack             string `xml:"TotalSlack,omitempty"`
	PercentComplete        string `xml:"PercentComplete,omitempty"`
	ActualStart            string `xml:"ActualStart,omitempty"`
	ActualFinish           string `xml:"ActualFinish,omitempty"`
	RemainingDuration      string `xml:"RemainingDuration,omitempty"`
	ConstraintType         string `xml:"ConstraintType,omitempty"`
	CalendarUID            string `xml:"CalendarUID,omitempty"`
	ConstraintDate         string `xml:"ConstraintDate,omitempty"`
	Deadline               string `xml:"Deadline,omitempty"`
	LevelingDelay          string `xml:"LevelingDelay,omitempty"` // tenths of a minute
	LevelingDelayFormat    string `xml:"LevelingDelayFormat,omitempty"`
	IgnoreResourceCalendar string `xml:"IgnoreResourceCalendar,omitempty"`
	Links                  []Link `xml:"PredecessorLink"`
}

// Link is a link to a predecessor: type 0 FF, 1 FS, 2 SF, 3 SS; the lag in
// tenths of a minute, or in percent by its format.
type Link struct {
	PredecessorUID string `xml:"PredecessorUID"`
	Type           string `xml:"Type"`
	CrossProject   string `xml:"CrossProject,omitempty"`
	LinkLag        string `xml:"LinkLag,omitempty"`
	LagFormat      string `xml:"LagFormat,omitempty"`
}

// Resource is type 0 material, 1 work, 2 cost; MaxUnits 1 is one of it.
type Resource struct {
	UID         string `xml:"UID"`
	ID          string `xml:"ID,omitempty"`
	Name        string `xml:"Name,omitempty"`
	Type        string `xml:"Type,omitempty"`
	IsNull      string `xml:"IsNull,omitempty"`
	MaxUnits    string `xml:"MaxUnits,omitempty"`
	CalendarUID string `xml:"CalendarUID,omitempty"`
}

// Assignment is a resource's work on a task.
type Assignment struct {
	UID         string   `xml:"UID,omitempty"`
	TaskUID     string   `xml:"TaskUID"`
	ResourceUID string   `xml:"ResourceUID"` // -65535 for nobody
	Finish      string   `xml:"Finish,omitempty"`
	Start       string   `xml:"Start,omitempty"`
	Units       string   `xml:"Units,omitempty"`
	Work        string   `xml:"Work,omitempty"`
	Phases      []Phased `xml:"TimephasedData"`
}

// Phased is what is to be done (type 1) or was done (type 2) in a stretch of
// an assignment, up to a day long.
type Phased struct {
	Type   string `xml:"Type"`
	UID    string `xml:"UID,omitempty"`
	Start  string `xml:"Start"`
	Finish string `xml:"Finish"`
	Unit   string `xml:"Unit,omitempty"` // of the stretch: 0 minutes, 1 hours, 2 days
	Value  string `xml:"Value"`
}

// Decode reads a project file. Errors name the line.
func Decode(raw []byte) (*Project, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("the file has %d MB; %d are the most", len(raw)>>20, MaxBytes>>20)
	}
	raw = Plain(raw)
	decoder := func() *xml.Decoder {
		d := xml.NewDecoder(bytes.NewReader(raw))
		d.CharsetReader = charset
		return d
	}
	if err := bounded(decoder()); err != nil {
		return nil, err
	}
	d, p := decoder(), &Project{}
	if err := d.Decode(p); err != nil {
		line, column := d.InputPos()
		return nil, fmt.Errorf("line %d, column %d: not a project file: %w", line, column, err)
	}
	return p, nil
}

// Encode writes a project file.
func Encode(p *Project) ([]byte, error) {
	p.Xmlns = "http://schemas.microsoft.com/project"
	p.XMLName = xml.Name{Local: "Project"}
	b, err := xml.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(b, '\n')...), nil
}

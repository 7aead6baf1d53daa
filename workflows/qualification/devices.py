"""Is it a device? The questions that qualify a product: Regulation (EU) 2017/745 (MDR) articles 1 and 2, Regulation
(EU) 2017/746 (IVDR) articles 1 and 2, and for software the guidance MDCG 2019-11.

What is asked last leads to `classes` and `in_vitro`. Wording is ours; the texts alone are binding.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.qualification.table import Answer, Outcome, Question, Rule
from workflows.types import Text

DEVICE: Final = "device"
IN_VITRO: Final = "in_vitro"
ACCESSORY: Final = "accessory"
CUSTOM_MADE: Final = "custom_made"
NOT_A_DEVICE: Final = "not_a_device"
MEANINGS: Final[dict[str, Text]] = {
    DEVICE: _("Medical device"),
    IN_VITRO: _("In vitro diagnostic medical device"),
    ACCESSORY: _("Accessory of a device"),
    CUSTOM_MADE: _("Custom-made device"),
    NOT_A_DEVICE: _("Not a device"),
}

RULES: Final[dict[str, Rule]] = {
    "mdr_1_2": Rule(_("MDR, article 1(2) and annex XVI"), _("Groups of products without a medical purpose.")),
    "mdr_1_6": Rule(_("MDR, article 1(6)"), _("What the Regulation does not apply to.")),
    "mdr_2_1": Rule(_("MDR, article 2(1)"), _("What a medical device is.")),
    "mdr_2_2": Rule(_("MDR, article 2(2)"), _("What an accessory is.")),
    "mdr_2_3": Rule(_("MDR, article 2(3) and annex XIII"), _("Custom-made devices.")),
    "mdr_5_5": Rule(_("MDR, article 5(5)"), _("Devices made and used within one health institution.")),
    "csp_l5211_3": Rule(_("CSP, article L.5211-3"), _("In France, declarations of devices made in an institution.")),
    "ivdr_1_3": Rule(_("IVDR, article 1(3)"), _("What the Regulation does not apply to.")),
    "ivdr_2_2": Rule(_("IVDR, article 2(2)"), _("What an in vitro diagnostic medical device is.")),
    "ivdr_2_4": Rule(_("IVDR, article 2(4)"), _("What an accessory is.")),
    "ivdr_5_5": Rule(_("IVDR, article 5(5)"), _("Devices made and used within one health institution.")),
    "mdcg_2019_11": Rule(_("MDCG 2019-11"), _("Qualification and classification of software.")),
    "mdcg_2022_5": Rule(_("MDCG 2022-5"), _("Borderline between medical devices and medicines.")),
}

UNSURE: Final = _("I do not know")
PURPOSE_DRAFT: Final = _("The purpose you intend for it, as its label, notice and website will word it")


START: Final = Question(
    "nature",
    _("What is it?"),
    (
        Answer(
            "software",
            _("Software alone, or an application"),
            "sw_drives",
            _("It is not sold as a part of an apparatus."),
        ),
        Answer(
            "samples",
            _("A test, a reagent, an instrument or a container for samples taken from the human body"),
            "ivd_use",
        ),
        Answer("article", _("Any other article: instrument, apparatus, implant, material, substance"), "purpose"),
    ),
    rules=("mdr_2_1", "ivdr_2_2"),
)

ARTICLES: Final = (
    Question(
        "purpose",
        _("What does its maker intend it for?"),
        (
            Answer(
                "medical",
                _("A medical purpose, for a human being"),
                "action",
                _(
                    "To diagnose, prevent, monitor, predict, treat or alleviate a disease; to deal with an injury or a "
                    "disability; to examine, replace or modify the anatomy or a process of the body."
                ),
                DEVICE,
            ),
            Answer("conception", _("To control or to support conception"), "action", means=DEVICE),
            Answer("cleaning", _("Only to clean, disinfect or sterilise devices"), "r16", means=DEVICE),
            Answer(
                "accessory",
                _("Only to let a given device be used as intended, or to assist it"),
                "action",
                _("It has no medical purpose by itself: a stand, a cable, a cover made for that device."),
                ACCESSORY,
            ),
            Answer(
                "annex_xvi",
                _("No medical purpose, but one of the groups of annex XVI"),
                "annex_xvi",
                _(
                    "Contact lenses without correction, implants or fillers that change the appearance, liposuction, "
                    "lasers and pulsed light for the skin, stimulation of the brain."
                ),
            ),
            Answer("none", _("None of these: comfort, sport, well-being, cosmetics, protection at work"), "no_purpose"),
            Answer("unsure", UNSURE, "ask_purpose"),
        ),
        rules=("mdr_2_1", "mdr_2_2", "mdr_1_2"),
        first_true=True,
    ),
    Question(
        "action",
        _("How does it mainly do what it is intended for, in or on the body?"),
        (
            Answer(
                "physical",
                _("By physical, mechanical or other means: a barrier, a support, energy, information"),
                "excluded",
            ),
            Answer(
                "drug",
                _("By pharmacological, immunological or metabolic means"),
                "borderline_medicine",
                _("As a medicine does: it binds to receptors or acts on the processes of cells."),
            ),
            Answer("unsure", _("It is not known, or it is disputed"), "ask_borderline"),
        ),
        rules=("mdr_2_1", "mdcg_2022_5"),
    ),
    Question(
        "excluded",
        _("Is it a product that other laws cover?"),
        (
            Answer("living", _("It contains or is made of living cells, tissues or organisms"), "excluded_product"),
            Answer(
                "blood", _("Blood, plasma or blood cells of human origin, or a product of them"), "excluded_product"
            ),
            Answer("other_law", _("A cosmetic, a food, or protective equipment alone"), "excluded_product"),
            Answer("none", _("None of these"), "made"),
        ),
        rules=("mdr_1_6",),
        first_true=True,
    ),
    Question(
        "made",
        _("How is it made?"),
        (
            Answer("series", _("In series, to be sold or given"), "special"),
            Answer(
                "custom",
                _("For one patient alone, as a qualified person prescribes in writing"),
                "custom_made",
                _("A device of a series that is adapted or adjusted to the patient is not custom-made."),
            ),
            Answer("in_house", _("By a health institution, for its own patients, and not sold"), "in_house_mdr"),
        ),
        rules=("mdr_2_3", "mdr_5_5"),
    ),
)

SOFTWARE: Final = (
    Question(
        "sw_drives",
        _("Does it only drive a device, or influence how that device is used?"),
        (
            Answer("yes", _("Yes, and it has no medical purpose by itself"), "sw_with_device"),
            Answer("no", _("No: it stands by itself"), "sw_data"),
        ),
        rules=("mdcg_2019_11",),
    ),
    Question(
        "sw_data",
        _("What does it do with data?"),
        (
            Answer(
                "transforms",
                _("It makes new information: it computes, analyses, interprets, predicts, recommends"),
                "sw_patient",
            ),
            Answer(
                "keeps",
                _("Nothing but store, archive, send, or search by simple criteria"),
                "sw_not_a_device",
                _("The data come out as they came in."),
            ),
        ),
        rules=("mdcg_2019_11",),
    ),
    Question(
        "sw_patient",
        _("Is the result for the benefit of individual patients?"),
        (
            Answer("yes", _("Yes: it is about the patient whose data are used"), "sw_purpose"),
            Answer("no", _("No: statistics, research on populations, generic guidance, teaching"), "sw_not_a_device"),
        ),
        rules=("mdcg_2019_11",),
    ),
    Question(
        "sw_purpose",
        _("Does its maker intend it for a medical purpose?"),
        (
            Answer(
                "medical",
                _("Yes"),
                "sw_made",
                _(
                    "To diagnose, prevent, monitor, predict, treat or alleviate a disease, an injury or a "
                    "disability, or "
                    "to control conception."
                ),
                DEVICE,
            ),
            Answer("no", _("No: well-being, sport, appointments, invoices, staff"), "sw_not_a_device"),
            Answer("unsure", UNSURE, "ask_purpose"),
        ),
        rules=("mdcg_2019_11", "mdr_2_1", "ivdr_2_2"),
    ),
    Question(
        "sw_made",
        _("Who makes it?"),
        (
            Answer("maker", _("A maker that sells it or gives it to others"), "sw_source"),
            Answer("in_house", _("A health institution, for its own patients alone"), "in_house_mdr"),
        ),
        rules=("mdr_5_5", "ivdr_5_5"),
    ),
    Question(
        "sw_source",
        _("Where does what it says of the patient come from?"),
        (
            Answer(
                "in_vitro",
                _("From examinations of samples alone, or these decide what it says"),
                "ivd_rule_1",
                _("Results of the laboratory, sequences of genes, slides."),
                IN_VITRO,
            ),
            Answer("other", _("From other data, or these decide what it says"), "sw_rule_11", means=DEVICE),
            Answer("unsure", UNSURE, "ask_source"),
        ),
        rules=("mdcg_2019_11", "ivdr_2_2"),
    ),
)

IN_VITRO_USE: Final = (
    Question(
        "ivd_use",
        _("What does its maker intend it for?"),
        (
            Answer(
                "examine",
                _("To examine samples of the human body, to inform of a person's health"),
                "ivd_made",
                _(
                    "A state or a disease, a predisposition, the compatibility of a donor, the response to a "
                    "treatment. The containers of samples count too."
                ),
                IN_VITRO,
            ),
            Answer(
                "accessory", _("Only to let a given in vitro device be used as intended"), "ivd_made", means=ACCESSORY
            ),
            Answer("lab", _("General use in laboratories, or research alone"), "ivd_not"),
            Answer("unsure", UNSURE, "ask_ivd"),
        ),
        rules=("ivdr_2_2", "ivdr_2_4", "ivdr_1_3"),
    ),
    Question(
        "ivd_made",
        _("Who makes it?"),
        (
            Answer("maker", _("A maker that sells it or gives it to others"), "ivd_rule_1"),
            Answer("in_house", _("A health institution, for its own patients alone"), "in_house_ivdr"),
        ),
        rules=("ivdr_5_5",),
    ),
)

QUESTIONS: Final = (START, *ARTICLES, *SOFTWARE, *IN_VITRO_USE)

OUTCOMES: Final = (
    Outcome(
        "annex_xvi",
        _("No medical purpose, but within the Regulation by annex XVI"),
        ("mdr_1_2",),
        _("The common specifications of its group apply, and its class follows rules of its own: settle it with ANSM."),
        settled=False,
        bring=(_("The group of annex XVI"), _("What it does, with its energy or its substances"), PURPOSE_DRAFT),
        means=DEVICE,
    ),
    Outcome(
        "no_purpose",
        _("Not a medical device: no medical purpose"),
        ("mdr_2_1",),
        _("Say nothing of disease in its label and advertising, or this changes."),
        means=NOT_A_DEVICE,
    ),
    Outcome(
        "borderline_medicine",
        _("Not a medical device: it acts as a medicine does"),
        ("mdr_2_1", "mdr_1_6", "mdcg_2022_5"),
        _("See with ANSM which law applies to it: it may be a medicine."),
        means=NOT_A_DEVICE,
    ),
    Outcome(
        "excluded_product",
        _("Not within the Regulation on medical devices"),
        ("mdr_1_6",),
        _("Other laws apply to it: those of medicines, blood, tissues and cells, cosmetics, food or equipment."),
        means=NOT_A_DEVICE,
    ),
    Outcome(
        "custom_made",
        _("Custom-made device"),
        ("mdr_2_3",),
        _(
            "No CE marking, but the statement and the documents of annex XIII; an implant of class III needs a "
            "certificate too."
        ),
        means=CUSTOM_MADE,
    ),
    Outcome(
        "in_house_mdr",
        _("Device made within a health institution"),
        ("mdr_5_5", "csp_l5211_3"),
        _(
            "No CE marking under the conditions of article 5(5), among them that no equivalent device is on the "
            "market. In France it is declared to the regional health agency (ARS), and to ANSM for classes IIb and III."
        ),
        settled=False,
        bring=(
            _("Why no device on the market meets the need"),
            _("How it is made, and its quality system"),
            _("Its class"),
        ),
        means=DEVICE,
    ),
    Outcome(
        "in_house_ivdr",
        _("In vitro device made within a health institution"),
        ("ivdr_5_5",),
        _(
            "No CE marking under the conditions of article 5(5), among them that no equivalent device is on the "
            "market. Settle with ANSM what must be declared."
        ),
        settled=False,
        bring=(
            _("Why no device on the market meets the need"),
            _("How it is made, and its quality system"),
            _("Its class"),
        ),
        means=IN_VITRO,
    ),
    Outcome(
        "sw_not_a_device",
        _("Not a medical device: software without a medical function"),
        ("mdcg_2019_11",),
        _("One module may be a device while the whole is not: ask again for each module that computes or interprets."),
        means=NOT_A_DEVICE,
    ),
    Outcome(
        "ivd_not",
        _("Not an in vitro device: general laboratory use or research alone"),
        ("ivdr_1_3",),
        _("It becomes one when its maker intends it for the examination of samples of patients."),
        means=NOT_A_DEVICE,
    ),
    Outcome(
        "ask_purpose",
        _("To be decided with ANSM: its purpose"),
        ("mdr_2_1",),
        _("What its maker says of it decides, and it is not settled yet."),
        settled=False,
        bring=(PURPOSE_DRAFT, _("Who uses it, on whom, and what they do with its result")),
    ),
    Outcome(
        "ask_borderline",
        _("To be decided with ANSM: a device or a medicine"),
        ("mdr_2_1", "mdcg_2022_5"),
        _("The main action must be shown, not only claimed."),
        settled=False,
        bring=(PURPOSE_DRAFT, _("Its composition"), _("What is known of how it acts, with studies and publications")),
    ),
    Outcome(
        "ask_source",
        _("To be decided with ANSM: which Regulation applies to the software"),
        ("mdcg_2019_11",),
        _("It depends on which data weigh most in what it says of the patient."),
        settled=False,
        bring=(PURPOSE_DRAFT, _("The data that go in, and how each weighs in the result")),
        means=DEVICE,
    ),
    Outcome(
        "ask_ivd",
        _("To be decided with ANSM: an in vitro device or not"),
        ("ivdr_2_2", "ivdr_1_3"),
        _("What its maker intends it for decides, and it is not settled yet."),
        settled=False,
        bring=(PURPOSE_DRAFT, _("What is measured, in which sample, and what the result is used for")),
    ),
)

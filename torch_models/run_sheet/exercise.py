"""What the exercise asks for beside the accuracy: few parameters, and few epochs until then."""

from torch_models.published import MOST_EPOCHS, MOST_PARAMETERS
from torch_models.record import Header
from torch_models.run_sheet.model_summary import PARAMETERS_COLUMN, total_row
from training_log.sheet.asks import COUNTS, Ask
from training_log.sheet.canvas import NO, UNKNOWN, Content, Live, address
from training_log.sheet.facts import FIRST, NOT_REACHED, FactCells
from training_log.sheet.outcome import Outcome

HEADING = "What the exercise asks for"
FEWER = "{reached}<{asked}"


def few_parameters(header: Header, model_row: int) -> Ask:
    """Fewer than 20,000 parameters: the sum of the model's summary or, without one, what the record says."""
    count, content = header.parameters, header.parameters
    reached: Content = content
    if header.layers:
        count = sum(layer.parameters for layer in header.layers)
        reached = Live(f"={address(total_row(model_row, header), PARAMETERS_COLUMN)}", count)
    met = None if count is None else count < MOST_PARAMETERS
    return Ask("parameters, fewer than", MOST_PARAMETERS, "#,##0", reached, FEWER, met, UNKNOWN, COUNTS)


def few_epochs(outcome: Outcome, cells: FactCells) -> Ask:
    """The target in fewer than 20 epochs."""
    first = None if outcome.first is None else outcome.at(outcome.first)
    reached = Live(f"={cells.cell(FIRST)}", NOT_REACHED if first is None else first)
    met = None if first is None else first < MOST_EPOCHS
    return Ask("epochs until then, fewer than", MOST_EPOCHS, "0", reached, FEWER, met, NO, COUNTS)

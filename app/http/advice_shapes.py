"""What is a caller told of a text that nothing refuses, and that had better read otherwise?"""

from pydantic import ConfigDict, Field, JsonValue

from app.domain.advice import Advice
from app.http.shapes import View

SELLING: dict[str, JsonValue] = {
    "element": "marketing_in_transactional",
    "source": "FCC 03-153 and 12-21: what also sells is telemarketing; GDPR art. 21(2)",
    "detail": 'it sells: "10% off"; send it as marketing',
    "words": ["10% off"],
}


class AdviceView(View):
    """Something a text had better hold, or leave out, and is not refused for."""

    model_config = ConfigDict(json_schema_extra={"examples": [SELLING]})

    element: str = Field(
        description="`identification`, `opt_out`: carriers advise a text to hold it, and this one does not. "
        "`marketing_in_transactional`: it goes as transactional and sells, which the profile `strict` refuses",
        examples=["opt_out"],
    )
    source: str = Field(description="The law or the carriers' rule behind it")
    detail: str = Field(description="What is wrong, in words")
    words: list[str] = Field(description="Which words sell, in lower case and without accents; empty for what is lacking")


def advice_view(advice: Advice) -> AdviceView:
    """A piece of advice as the API shows it."""
    return AdviceView(element=advice.element, source=advice.source, detail=advice.detail, words=list(advice.words))

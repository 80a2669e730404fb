"""Ask models: governed, which is the only way wherever anything is governed, or as it is wished."""

from collections.abc import Mapping
from typing import Any

from services.orchestrator.domain.model_call import GovernedCall, ModelRequest, governed, requested
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.usecases.run_ports import (
    Estimate,
    ModelAnswer,
    ModelProvider,
    SkillCall,
    Used,
)

Providers = Mapping[str, ModelProvider]


class InvokeGoverned:
    """Asks a model within bounds.

    Its budget is reserved before, by what the call may use at most; parameters are cut down, what
    is not allowed is left out and named, what is too risky is not sent.
    """

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def estimate(self, arguments: Mapping[str, Any]) -> Estimate:
        """Return what the call may use at most.

        Raises:
            SkillFailed: nobody has such a model, or the call is too large or too risky.
        """
        call, provider = self._governed(arguments)
        call.require_bearable()
        return _estimate(call.request, provider)

    async def __call__(self, call: SkillCall) -> Used:
        """Ask the model.

        Raises:
            SkillFailed: it did not answer.
        """
        made, provider = self._governed(call.arguments)
        answer = await provider(made.request)
        governance = {
            "clamped": list(made.clamped),
            "blocked_items": list(made.blocked),
            "risk_score": made.risk_score,
        }
        params = {**_params(made.request), "governance": governance}
        return _used(made.request, answer, params, category="governed", code=made.code)

    def _governed(self, arguments: Mapping[str, Any]) -> tuple[GovernedCall, ModelProvider]:
        wished = requested(arguments)
        provider = provider_of(wished.model, self._providers)
        return governed(wished, provider.terms(wished.model)), provider


class InvokePlain:
    """Asks a model as it is wished; exists only where nothing is governed."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def estimate(self, arguments: Mapping[str, Any]) -> Estimate:
        """Return what the call may use at most.

        Raises:
            SkillFailed: nobody has such a model.
        """
        request = requested(arguments)
        return _estimate(request, provider_of(request.model, self._providers))

    async def __call__(self, call: SkillCall) -> Used:
        """Ask the model.

        Raises:
            SkillFailed: it did not answer.
        """
        request = requested(call.arguments)
        answer = await provider_of(request.model, self._providers)(request)
        return _used(request, answer, _params(request), category="", code="")


def provider_of(model: str, providers: Providers) -> ModelProvider:
    """The provider that a model belongs to.

    Raises:
        SkillFailed: there is none of that name.
    """
    name, _, _ = model.partition("/")
    provider = providers.get(name)
    if provider is None:
        known = ", ".join(sorted(providers))
        raise SkillFailed("PROVIDER_UNKNOWN", f"{model[:100]} has no provider; there are {known}.")
    return provider


def _estimate(request: ModelRequest, provider: ModelProvider) -> Estimate:
    terms = provider.terms(request.model)
    return Estimate(
        input_tokens=request.input_tokens,
        output_tokens=request.max_output_tokens,
        cost_micro_usd=terms.cost(request.input_tokens, request.max_output_tokens),
        content=request.content,
    )


def _params(request: ModelRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "system": request.system,
        "prompt": request.prompt,
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "options": dict(request.options),
    }


def _used(
    request: ModelRequest, answer: ModelAnswer, params: dict[str, Any], *, category: str, code: str
) -> Used:
    return Used(
        output=answer.text,
        params=params,
        category=category,
        code=code,
        model=request.model,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cost_micro_usd=answer.cost_micro_usd,
        said=answer.text,
    )

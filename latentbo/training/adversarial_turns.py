"""Alternating (adversarial) training: one optimizer and one loss per player.

An autoencoder is one player. A generator and its discriminator are two; a step of one leaves the
parameters of the other unchanged.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from latentbo.training.loop_config import LoopConfig
from latentbo.training.schedules import Schedule

#: Name of the only player of a loss; its forward takes no name.
ONLY_PLAYER = ""


class Player:
    """A player: its parameters, optimizer and learning rate.

    Args:
        name: Its name in the loss.
        parameters: Its parameters.
        schedule: Its optimizer's learning rate, and the optimizer.
    """

    def __init__(self, name: str, parameters: list[nn.Parameter], schedule: Schedule) -> None:
        self.name, self.parameters, self.schedule = name, parameters, schedule

    @property
    def arguments(self) -> tuple[str, ...]:
        """Arguments of the loss's forward after batch and generator."""
        return () if self.name == ONLY_PLAYER else (self.name,)

    def named(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Return parts of the loss under names with the player's name, to keep players apart."""
        if self.name == ONLY_PLAYER:
            return dict(parts)
        return {f"{self.name}_loss" if k == "loss" else k: value for k, value in parts.items()}


class AdversarialTurns:
    """All players of a run, in the order of their turns.

    Args:
        parameters: Name of a player -> its parameters.
        config: Settings, the same for all players.
        rate_at: Number of a step -> learning rate.
    """

    def __init__(
        self,
        parameters: Mapping[str, Sequence[nn.Parameter]],
        config: LoopConfig,
        rate_at: Callable[[int], float],
    ) -> None:
        self.players: list[Player] = []
        for name, group in parameters.items():
            optimizer = torch.optim.AdamW(
                group, lr=config.learning_rate, betas=config.betas, weight_decay=config.weight_decay
            )
            self.players.append(Player(name, list(group), Schedule(config, optimizer, rate_at)))

    def __len__(self) -> int:
        return len(self.players)

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        """Their optimizers, in the order of their turns."""
        return [player.schedule.optimizer for player in self.players]

    @property
    def rate(self) -> float:
        """The learning rate in use."""
        return self.players[0].schedule.rate

    def turns(self) -> Iterator[Player]:
        """Yield each player, with gradients enabled for its parameters only.

        This saves computing the other players' gradients.
        """
        if len(self.players) == 1:
            yield self.players[0]
            return
        try:
            for player in self.players:
                for each in self.players:
                    for parameter in each.parameters:
                        parameter.requires_grad_(each is player)
                yield player
        finally:
            for each in self.players:
                for parameter in each.parameters:
                    parameter.requires_grad_(True)

    def before(self, step: int) -> None:
        """Set the learning rates of a step."""
        for player in self.players:
            player.schedule.before(step)

    def observe(self, loss: float) -> None:
        """Update the schedules by a validation loss."""
        for player in self.players:
            player.schedule.observe(loss)

    def state_dict(self, optimizers: Sequence[Any]) -> dict[str, Any]:
        """Return the state for a checkpoint: `optimizer` and `schedule`, by name if several.

        Args:
            optimizers: The optimizers as the loop uses them, in the order of the turns.
        """
        states = {
            "optimizer": [each.state_dict() for each in optimizers],
            "schedule": [player.schedule.state_dict() for player in self.players],
        }
        if len(self.players) == 1:
            return {name: state for name, (state,) in states.items()}
        names = [player.name for player in self.players]
        return {name: dict(zip(names, state, strict=True)) for name, state in states.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the state that `state_dict` returned.

        Raises:
            KeyError, ValueError, TypeError: If the state belongs to other players.
        """
        alone = len(self.players) == 1
        for player in self.players:
            optimizer, schedule = state["optimizer"], state.get("schedule", {})
            if not alone:
                optimizer, schedule = optimizer[player.name], schedule[player.name]
            player.schedule.optimizer.load_state_dict(optimizer)
            player.schedule.load_state_dict(schedule)

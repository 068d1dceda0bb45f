"""The last touch on a copied folder."""

from apps.files.acts import Act
from apps.files.beneath import Disk
from apps.files.places import Spot
from apps.files.trees import finish_folder
from syscalls.undo import Step


class FinishFolder(Act):
    """A folder made by the same effect gets mode, times and attributes of its original."""

    changes_names = False

    def __init__(self, disk: Disk, spot: Spot, original: Spot) -> None:
        super().__init__(disk, spot)
        self._original = original
        self.steps = (Step(do="mode", path=spot.address, mode=0o700, kind="folder"),)

    def do(self) -> None:
        finish_folder(self.disk, self._original, self.spot)
